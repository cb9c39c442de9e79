package microsoft

import (
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow#error-response
// and #error-response-1; https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
func TestMicrosoftsWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, p).URL), true, true)
	const traced = `"timestamp":"2026-01-09 02:02:12Z","trace_id":"255d1aef-8c98-452f-ac51-23d051240864","correlation_id":"fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7"`
	u.SaysNo(p, "GET",
		federationtest.No{Query: "error=access_denied&error_subcode=cancel", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error=access_denied&error_description=AADSTS65004%3a+User+declined+to+consent", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error=consent_required&error_description=AADSTS65001", Code: federation.Refused, Reason: "consent_required"},
		federationtest.No{Query: "error=temporarily_unavailable", Code: federation.Refused, Reason: "temporarily_unavailable"},
		federationtest.No{Query: "error=invalid_client&error_description=AADSTS650052", Code: federation.Refused, Reason: "invalid_client"},
		federationtest.No{Query: "session_state=b0d4b6ff", Code: federation.Invalid},
		federationtest.No{Status: 400, Body: `{"error":"invalid_grant","error_description":"AADSTS70008: The provided authorization code has expired.","error_codes":[70008],` + traced + `}`, Code: federation.Refused, Reason: "invalid_grant"},
		federationtest.No{Status: 401, Body: `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],` + traced + `}`, Code: federation.Misconfigured, Reason: "invalid_client"},
		federationtest.No{Status: 400, Body: `{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found in the directory.","error_codes":[700016],` + traced + `}`, Code: federation.Misconfigured, Reason: "unauthorized_client"},
		federationtest.No{Status: 503, Body: `{"error":"temporarily_unavailable"}`, Code: federation.Unreachable, Reason: "temporarily_unavailable"},
	)
}

// xms_edov is the one claim that says the tenant's domain is proven:
// https://learn.microsoft.com/en-us/entra/identity-platform/optional-claims-reference
func TestAnAddressIsVerifiedByXMSEDOVAlone(t *testing.T) {
	for name, row := range map[string]struct {
		claims map[string]any
		want   bool
	}{
		"true": {map[string]any{"xms_edov": true}, true}, "text true": {map[string]any{"xms_edov": "true"}, true},
		"false": {map[string]any{"xms_edov": false}, false}, "a number": {map[string]any{"xms_edov": 1}, false}, "a list": {map[string]any{"xms_edov": []any{true}}, false},
		"not said": {nil, false}, "without an address": {map[string]any{"xms_edov": true, "email": nil}, false},
		"another's word": {map[string]any{"email_verified": true, "verified_secondary_email": []any{"abeli@microsoft.com"}}, false},
	} {
		u := federationtest.Start(t)
		claims := documented(u, work)
		for key, value := range row.claims {
			claims[key] = value
		}
		if answer, err := u.SignIn(open(t, u, nil), claims); err != nil || answer.EmailVerified != row.want {
			t.Errorf("%s: %v %v", name, answer.EmailVerified, err)
		}
	}
}
