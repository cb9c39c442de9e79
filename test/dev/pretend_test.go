package dev

import (
	"os/exec"
	"regexp"
	"strings"
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

// testLink runs `poolhouse idp test` as dev says it and answers the link.
func testLink(t *testing.T, lines []string, provider string) string {
	t.Helper()
	said := regexp.MustCompile(`poolhouse (idp test) Pretend-OIDC --data (\S+)`).FindStringSubmatch(strings.Join(lines, "\n"))
	if said == nil {
		t.Fatalf("no test is offered:\n%s", strings.Join(lines, "\n"))
	}
	out, err := exec.Command(kit.Binary(t), "idp", "test", provider, "--data", said[2]).CombinedOutput()
	link := regexp.MustCompile(`http\S+/login/provider/test\?link=\S+`).FindString(string(out))
	if err != nil || link == "" {
		t.Fatalf("%v\n%s", err, out)
	}
	return link
}

func TestTestOfAPretendProvider(t *testing.T) {
	lines := start(t)
	for _, provider := range []string{"Pretend-OIDC", "Pretend-SAML"} {
		b := kit.NewBrowser(t, after(t, lines, "Pretend"), after(t, lines, "Sign-in"))
		b.Expect("status of 422")
		b.Expect("status of 410")
		link := testLink(t, lines, provider)
		if provider == "Pretend-OIDC" {
			b.WithoutScript(t)
		}
		b.Open(t, link)
		b.See(t, "Test sign-in with "+provider, "Nobody is signed in")
		b.Press(t, "Continue with "+provider)
		b.See(t, "Who are you?")
		b.Press(t, "Bob Example")
		b.See(t, "they get a new account", "100000000000000000002", "Bob Example", "nothing was kept")
		b.Shot(t, "trial-"+provider)
		b.Press(t, "Test again")
		b.See(t, "Who are you?")
		b.Press(t, "Cancel: go back without signing in")
		b.See(t, "You came back from "+provider+" without signing in there", "denied")
		b.Open(t, link)
		b.See(t, "This test link is over")
		b.Open(t, after(t, lines, "Account"))
		b.See(t, "Sign in to")
	}
}
