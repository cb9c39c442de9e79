package pretend

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const callback = "http://localhost:8080/oauth2/idpresponse"

// The example of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

type rig struct {
	*testing.T
	*Providers
	server *httptest.Server
}

func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.Handler().ServeHTTP(w, req) }))
	t.Cleanup(r.server.Close)
	r.Providers = New(r.server.URL, callback, r.server.URL+"/nowhere")
	return r
}

// asks sends a request and answers its status, its body and where it leads.
func (r *rig) asks(method, path string, form url.Values, header ...string) (int, string, string) {
	r.Helper()
	req, err := http.NewRequest(method, r.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header.Get("Location")
}

func request(changes ...string) string {
	q := url.Values{
		"client_id": {ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
	}
	return "/oidc/authorize?" + q.Encode()
}

var tripField = regexp.MustCompile(`name="trip" value="(\w+)"`)

// chooses answers the values that the browser comes back with.
func (r *rig) chooses(field, value string) url.Values {
	r.Helper()
	_, page, _ := r.asks("GET", request(), nil)
	found := tripField.FindStringSubmatch(page)
	if found == nil {
		r.Fatal(page)
	}
	status, _, to := r.asks("POST", "/choose", url.Values{"trip": {found[1]}, field: {value}})
	u, err := url.Parse(to)
	if err != nil || status != http.StatusSeeOther || !strings.HasPrefix(to, callback+"?") {
		r.Fatal(status, to, err)
	}
	if again, _, _ := r.asks("POST", "/choose", url.Values{"trip": {found[1]}, field: {value}}); again != http.StatusBadRequest {
		r.Errorf("a trip is taken twice: %d", again)
	}
	return u.Query()
}

func TestOnlyTheServersRequestsAreAnswered(t *testing.T) {
	r := start(t)
	for _, changes := range [][]string{
		{"client_id", "another"}, {"redirect_uri", "https://evil.test/"}, {"response_type", "token"}, {"code_challenge_method", "plain"},
		{"code_challenge", ""}, {"state", ""}, {"scope", "email"},
	} {
		if status, page, _ := r.asks("GET", request(changes...), nil); status != http.StatusBadRequest || strings.Contains(page, "name=\"person\"") {
			t.Errorf("%v: %d", changes, status)
		}
	}
}

func TestEveryPageIsMarked(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/", request(), request("state", ""), "/saml/sso?SAMLRequest=x"} {
		if _, page, _ := r.asks("GET", path, nil); !strings.Contains(page, "Pretend provider of poolhouse dev") || !strings.Contains(page, "(pretend)</title>") {
			t.Errorf("%s: %s", path, page)
		}
	}
}

func TestCodesAreRedeemedOnceWithTheirProof(t *testing.T) {
	r := start(t)
	redeem := func(code string, changes ...string) (int, map[string]any) {
		form := url.Values{"client_id": {ClientID}, "client_secret": {ClientSecret}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
		for i := 0; i+1 < len(changes); i += 2 {
			form.Set(changes[i], changes[i+1])
		}
		status, body, _ := r.asks("POST", "/oidc/token", form)
		var out map[string]any
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatal(err)
		}
		return status, out
	}
	for _, changes := range [][]string{{"client_secret", "x"}, {"client_id", "x"}, {"redirect_uri", "x"}, {"code_verifier", verifier + "x"}, {"code", "x"}} {
		if status, out := redeem(r.chooses("person", people[0].Subject).Get("code"), changes...); status == 200 {
			t.Errorf("%v: %v", changes, out)
		}
	}
	back := r.chooses("person", people[3].Subject)
	if back.Get("state") != "s" || back.Get("iss") != r.Issuer() {
		t.Error(back)
	}
	status, out := redeem(back.Get("code"))
	if status != 200 {
		t.Fatal(out)
	}
	if status, _ := redeem(back.Get("code")); status == 200 {
		t.Error("a code is redeemed twice")
	}
	_, info, _ := r.asks("GET", "/oidc/userinfo", nil, "Authorization", "Bearer "+out["access_token"].(string))
	if !strings.Contains(info, `"email":"dora@example.test","email_verified":false`) {
		t.Error(info)
	}
	code := r.chooses("person", people[0].Subject).Get("code")
	if status, _, _ := r.asks("GET", "/oidc/userinfo", nil, "Authorization", "Bearer "+code); status != http.StatusUnauthorized {
		t.Error("a code is taken for a token")
	}
	late := r.chooses("person", people[0].Subject).Get("code")
	r.Now = func() time.Time { return time.Now().Add(2 * codeLife) }
	if status, _ := redeem(late); status == 200 {
		t.Error("a code lives for ever")
	}
}

func TestNobodyIsAnswered(t *testing.T) {
	r := start(t)
	for value, want := range map[string]string{cancel: "access_denied", broken: "server_error", "": "server_error"} {
		if back := r.chooses("answer", value); back.Get("error") != want || back.Has("code") {
			t.Errorf("%s: %v", value, back)
		}
	}
}

// A certificate that ends within a month is warned of, at every start.
func TestTheCertificateIsNotWarnedOf(t *testing.T) {
	s, err := newSigning()
	if err != nil || s.certificate.NotAfter.Before(time.Now().AddDate(0, 2, 0)) {
		t.Error(s.certificate.NotAfter, err)
	}
}
