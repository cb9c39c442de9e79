package cognito

import (
	"testing"

	"poolhouse.dev/identity"
)

// Cognito's classic pages are light: colours chosen for them cannot be read on ours
// in the dark.
func TestPagesWithAClassicStyleSheetAreLight(t *testing.T) {
	a := withApps(t)
	style := func(css string) identity.Theme {
		var out m
		a.calls(Target+"SetUICustomization", m{"UserPoolId": pool, "CSS": css}, &out)
		u, found, err := a.handler.Settings.UIStyle(t.Context(), pool, identity.AllClients)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		return u.Look
	}
	if got := style(".background-customizable { background-color: #faf3f4 }").ColorScheme; got != "light" {
		t.Errorf("the scheme is %q", got)
	}
}
