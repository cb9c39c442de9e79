package config

import (
	"os"
	"strings"
	"testing"
)

// withProvider is a file with one identity provider, given as its lines.
func withProvider(lines ...string) string {
	return "pools:\n  - pool_name: Acme\n    identity_providers:\n      - " + strings.Join(lines, "\n        ") + "\n"
}

func metadata(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../federation/saml/testdata/metadata/one-key.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestProvidersWithTheirFiles(t *testing.T) {
	parsed, err := load(t, withProvider(
		"provider_name: Acme", "provider_type: SAML", "idp_identifiers: [corp.example.test]",
		`provider_details: {MetadataFile: "@idp.xml", IDPSignout: true}`, "attribute_mapping: {email: mail}", "trusted_email_domains: [corp.example.test]",
	)+`    clients: [{client_name: web, client_id: web, supported_identity_providers: [COGNITO, Acme]}]
`, "idp.xml", metadata(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.Pools[0].Providers[0].Details["MetadataFile"]; got != "@idp.xml" {
		t.Errorf("what is shown is %.40q", got)
	}
	asked := parsed.Request().Pools[0].Providers[0].Details
	if asked["MetadataFile"] != metadata(t) || asked["IDPSignout"] != "true" {
		t.Errorf("what is applied is %#v", map[string]string(asked))
	}
}

func TestAProvidersTokenFillsAnAttributeOfThePool(t *testing.T) {
	parsed, err := load(t, withProvider(
		"provider_name: Up", "provider_type: OIDC", "provider_details: {client_id: c, client_secret: s, oidc_issuer: https://up.example.test}",
		`attribute_mapping: {"custom:token": refresh_token}`,
	)+"    schema: [{name: token}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.Request().Pools[0].Providers[0].Mapping["custom:token"]; got != "refresh_token" {
		t.Errorf("it is filled from %q", got)
	}
}

func TestProvidersHideTheirSecrets(t *testing.T) {
	parsed, err := load(t, withProvider(
		"provider_name: Google", "provider_type: Google", "provider_details: {client_id: id, client_secret: \"${WEB_SECRET}\"}",
	))
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.Request().Pools[0].Providers[0].Details["client_secret"]; got != "a-secret-of-the-test" {
		t.Errorf("client_secret is %q", got)
	}
	shown, err := Shown(parsed.File)
	if err != nil {
		t.Fatal(err)
	}
	details := shown.(map[string]any)["pools"].([]any)[0].(map[string]any)["identity_providers"].([]any)[0].(map[string]any)["provider_details"].(map[string]any)
	if details["client_secret"] != Hidden || details["client_id"] != "id" {
		t.Errorf("%v", details)
	}
}

func TestMistakesInProviders(t *testing.T) {
	const oidc = "provider_details: {client_id: c, client_secret: s, oidc_issuer: https://up.example.test}"
	for want, lines := range map[string][]string{
		`:4: pools[0].identity_providers[0]: provider_name is missing; add it`:               {"provider_type: OIDC", oidc},
		`:5: pools[0].identity_providers[0].provider_type: takes Google, Facebook`:           {"provider_name: Up", "provider_type: Oidc", oidc},
		`:5: unknown key "attribute_maping" in pools[0].identity_providers[0]; did you mean`: {"provider_name: Up", "attribute_maping: {}", "provider_type: OIDC", oidc},
		`:7: pools[0].identity_providers[0].provider_details.clientid: a provider of the type Google has no such setting; did you mean "client_id"?`: {
			"provider_name: Up", "provider_type: Google", "provider_details:", "  clientid: c"},
		`:6: pools[0].identity_providers[0].provider_details.client_id: is missing`: {"provider_name: Up", "provider_type: Google", "provider_details: {client_secret: s}"},
		`:6: pools[0].identity_providers[0].provider_details.hosted_domain: a provider of the type OIDC has no such setting; known here: `: {
			"provider_name: Up", "provider_type: OIDC", "provider_details: {hosted_domain: x, client_id: c, client_secret: s, oidc_issuer: https://up.example.test}"},
		`provider_details.MetadataFile: cannot read "idp.xml": no such file or directory; the path is relative`: {
			"provider_name: Up", "provider_type: SAML", `provider_details: {MetadataFile: "@idp.xml"}`},
		`:7: pools[0].identity_providers[0].attribute_mapping.custom:team: is no attribute of the pool`: {
			"provider_name: Up", "provider_type: OIDC", oidc, `attribute_mapping: {"custom:team": team}`},
		`:7: pools[0].identity_providers[0].attribute_mapping.email: cannot hold a token: access_token goes to a custom: attribute`: {
			"provider_name: Up", "provider_type: OIDC", oidc, "attribute_mapping: {email: access_token}"},
		`:11: pools[0].identity_providers[1].idp_identifiers[0]: "CORP.test" leads to Up already`: {
			"provider_name: Up", "provider_type: OIDC", oidc, "idp_identifiers: [corp.test]\n      - provider_name: Two\n        provider_type: OIDC\n        " + oidc + "\n        idp_identifiers: [CORP.test]"},
	} {
		_, err := load(t, withProvider(lines...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s\ngot %v", want, err)
		}
	}
}

func TestAFileOfAProviderIsBounded(t *testing.T) {
	saml := withProvider("provider_name: Up", "provider_type: SAML", `provider_details: {MetadataFile: "@idp.xml"}`)
	if _, err := load(t, saml, "idp.xml", strings.Repeat(" ", maxDetailFile+1)); err == nil || !strings.Contains(err.Error(), "it is larger than 1 MiB") {
		t.Error(err)
	}
	if _, err := load(t, strings.Replace(saml, "idp.xml", "/dev/zero", 1)); err == nil || !strings.Contains(err.Error(), "it is larger than 1 MiB") {
		t.Error(err)
	}
	if _, err := load(t, strings.Replace(saml, "idp.xml", ".", 1)); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(err)
	}
}

func TestAClientTakesProvidersOfItsPool(t *testing.T) {
	_, err := load(t, "pools: [{clients: [{client_name: web, client_id: web, supported_identity_providers: [COGNITO, Google]}]}]\n")
	if err == nil || !strings.Contains(err.Error(), `supported_identity_providers[1]: the pool has no identity provider "Google"; add it`) {
		t.Error(err)
	}
}
