package cognito

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/apple"
	"poolhouse.dev/federation/google"
	"poolhouse.dev/federation/oidc"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

var providerTypes = federation.Types{
	federation.OIDC: oidc.Type(oidc.Profile), federation.Google: oidc.Type(google.Profile), federation.SignInWithApple: oidc.Type(apple.Profile),
	federation.SAML: saml.Type(nil),
}

func up() ProviderSettings {
	return ProviderSettings{
		Name: "Up", Type: federation.OIDC, Identifiers: []string{"corp.example.test"}, Refresh: "first", StoreTokens: true, MFARequired: true, Disabled: true,
		TrustedDomains: []string{"example.test"}, Mapping: map[string]string{"email": "email", "username": "sub"},
		AcrMapping: map[string]string{"Level1": "pwd"},
		Details:    Details{"client_id": "c", "client_secret": "the secret", "oidc_issuer": "https://up.example.test"},
	}
}

// takes brings the pool to have these providers, and answers what was said.
func (s *rig) takes(dry bool, providers ...ProviderSettings) ApplySettingsResponse {
	s.Helper()
	want := PoolSettings{Pool: identity.Pool{ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}}, Providers: providers}
	var out ApplySettingsResponse
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{want}, DryRun: dry}, &out)
	return out
}

func TestProvidersAreAppliedAndComeBack(t *testing.T) {
	s := start(t)
	if out := s.takes(true, up()); len(out.Changes) != 1 || out.Changes[0].What != "identity provider Up in local_main" {
		t.Errorf("%+v", out)
	}
	s.takes(false, up())
	kept, err := s.handler.Settings.Provider(t.Context(), pool, "Up")
	if err != nil {
		t.Fatal(err)
	}
	if back := providerSettingsOf(&kept); len(providerChanges("", false, back, up())) != 0 {
		t.Errorf("%#v", back)
	}
	if out := s.takes(false, up()); len(out.Changes) != 0 {
		t.Errorf("a second time: %+v", out)
	}
	if out := s.takes(false); len(out.Extra) != 1 || out.Extra[0] != "identity provider Up in local_main" {
		t.Errorf("%+v", out)
	}
}

func TestAProvidersChangesHideItsSecrets(t *testing.T) {
	s := start(t)
	s.takes(false, up())
	changed := up()
	changed.Disabled = false
	changed.Details = Details{"client_id": "d", "client_secret": "another", "oidc_issuer": "https://up.example.test", "authorize_scopes": "openid"}
	got := ""
	for _, c := range s.takes(false, changed).Changes {
		got += c.Field + ": " + c.From + " -> " + c.To + "\n"
	}
	want := `disabled: true -> 
provider_details.authorize_scopes:  -> openid
provider_details.client_id: c -> d
provider_details.client_secret: [hidden] -> [hidden]
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	left := changed
	left.Details = Details{"client_id": "d", "oidc_issuer": "https://up.example.test", "authorize_scopes": "openid"}
	if changes := providerChanges("", false, changed, left); len(changes) != 0 {
		t.Errorf("a secret left out stays, and yet: %+v", changes)
	}
}

func TestAProviderThatCannotWorkIsRefused(t *testing.T) {
	s := start(t)
	for want, change := range map[string]func(*ProviderSettings){
		"provider_name must have":                      func(p *ProviderSettings) { p.Name = "A_B" },
		"provider_type takes Google":                   func(p *ProviderSettings) { p.Type = "Gogle" },
		"provider_details.oidc_issuer is missing":      func(p *ProviderSettings) { delete(p.Details, "oidc_issuer") },
		"provider_details.issuer is no setting of":     func(p *ProviderSettings) { p.Details["issuer"] = "x" },
		"attribute_mapping.custom:x is no attribute":   func(p *ProviderSettings) { p.Mapping["custom:x"] = "x" },
		"attribute_mapping.name must name a claim":     func(p *ProviderSettings) { p.Mapping["name"] = "" },
		"idp_identifiers takes 1-40":                   func(p *ProviderSettings) { p.Identifiers = []string{"a", "A"} },
		"attribute_refresh takes always and first":     func(p *ProviderSettings) { p.Refresh = "never" },
		"trusted_email_domains takes domains such":     func(p *ProviderSettings) { p.TrustedDomains = []string{"a@b"} },
		"provider_details.MetadataURL or MetadataFile": func(p *ProviderSettings) { p.Type, p.Details = federation.SAML, Details{} },
	} {
		p := up()
		change(&p)
		in := ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}}, Providers: []ProviderSettings{p}}}}
		if status, _, answer := s.says(AdminTarget+"ApplySettings", encode(t, in)); status != 400 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", want, status, answer)
		}
	}
}

func TestDetailsAreNotPrinted(t *testing.T) {
	p := up()
	for _, text := range []string{p.Details.String(), p.Details.GoString(), p.Details.LogValue().String()} {
		if text != "[hidden]" {
			t.Error(text)
		}
	}
}

// TestEveryDetailThatIsReadMayBeSet reads the sources of the providers for the
// keys that they look up.
func TestEveryDetailThatIsReadMayBeSet(t *testing.T) {
	read := regexp.MustCompile(`(?:Details\[|Need\(|Address\(|OneOf\(|details\[)"([a-z_]+)"`)
	for kind, folder := range map[string]string{
		federation.Google: "google", federation.Facebook: "facebook", federation.LoginWithAmazon: "amazon", federation.SignInWithApple: "apple",
		federation.GitHub: "github", federation.Microsoft: "microsoft", federation.OAuth2: "oauth2", federation.OIDC: "oidc",
	} {
		files, err := filepath.Glob("../../federation/" + folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, name := range append(files, "../../federation/check.go") {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range read.FindAllStringSubmatch(string(text), -1) {
				own := slices.Contains(ownKey, found[1]) && strings.HasSuffix(name, "check.go")
				if !own && !strings.HasSuffix(name, "_test.go") && !slices.Contains(DetailKeys(kind), found[1]) {
					t.Errorf("%s reads %s", name, found[1])
				}
			}
		}
	}
}
