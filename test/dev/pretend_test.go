package dev

import (
	"testing"

	"poolhouse.dev/test/kit"
)

func TestPretendProviders(t *testing.T) {
	lines := start(t)
	demo, pretend := after(t, lines, "Demo app"), after(t, lines, "Pretend")
	for _, provider := range []string{"Pretend-OIDC", "Pretend-SAML"} {
		b := kit.NewBrowser(t, demo, pretend, after(t, lines, "Sign-in"))
		b.Open(t, demo)
		b.Press(t, "Sign in")
		b.Press(t, "Continue with "+provider)
		b.See(t, "anybody can be anybody", "Who are you?")
		b.Shot(t, "dev-"+provider)
		b.Press(t, "Cancel: go back without signing in")
		b.See(t, "You came back from "+provider+" without signing in")
		b.Press(t, "Continue with "+provider)
		b.See(t, "Who are you?")
		b.Press(t, "Cleo Example")
		b.See(t, "Hello, Cleo Example", "identities", provider)
	}
}
