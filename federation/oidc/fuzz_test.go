package oidc

import (
	"net/url"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// FuzzCallback: whatever comes back with a browser, nobody is signed in without
// the state that went out and a code that the provider issued for it.
func FuzzCallback(f *testing.F) {
	u := federationtest.Start(f)
	p, err := Type(Profile).Open(u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")}), u.Deps())
	if err != nil {
		f.Fatal(err)
	}
	posting, err := Profile(u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")}))
	if err != nil {
		f.Fatal(err)
	}
	posting.FormPost = true // as Apple answers
	posted := New(u.Settings(federation.OIDC, nil), posting, u.Deps())
	trip := federationtest.Begin(f, p)
	f.Add("GET", "code=abc&state="+federationtest.State, trip.Pending)
	f.Add("GET", "error=access_denied&error_description=no&state="+federationtest.State, trip.Pending)
	f.Add("GET", "code=abc&state="+federationtest.State+"&iss="+url.QueryEscape(u.Issuer), trip.Pending)
	f.Add("POST", "code=abc&id_token=x&user=%7B%7D&state=", []byte(`{"state":""}`))
	f.Add("GET", "code=abc&state=a&state=b", []byte("{"))
	f.Fuzz(func(t *testing.T, method, encoded string, kept []byte) {
		r, err := federation.ParseReturn(method, encoded)
		if err != nil {
			return
		}
		at := federation.Provider(p)
		if r.Method == "POST" {
			at = posted
		}
		answer, err := at.Finish(t.Context(), kept, r)
		code, known := federation.CodeOf(err)
		if !known || answer.Subject != "" {
			t.Fatalf("%+v %v", answer, err)
		}
		if r.Values.Get("state") != federationtest.State && string(kept) == string(trip.Pending) && code != federation.Invalid {
			t.Errorf("an answer to no request is %s", code)
		}
	})
}

// FuzzKeySet: what is read of a key set verifies signatures, and nothing else.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","issuer":"https://x/{tenantid}"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"OKP","crv":"Ed448"}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseKeys(text)
		if (err == nil) != (len(keys) > 0) || len(keys) > maxKeys {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, key := range keys {
			if !key.IsPublic() {
				t.Errorf("a key that is not public: %T", key.Key)
			}
		}
	})
}
