package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// open lets anybody register clients in the kit's pool.
func (k *kit) open(change ...func(*identity.Pool)) {
	k.Helper()
	p, err := k.settings().Pool(context.Background(), testPool)
	k.must(err)
	p.ClientRegistration = identity.ClientRegistration{Policy: identity.RegistrationOpen}
	for _, each := range change {
		each(&p)
	}
	_, err = k.settings().PutPool(context.Background(), p)
	k.must(err)
}

func body(members map[string]any) []byte {
	raw, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return raw
}

func (k *kit) register(members map[string]any) (ClientInformation, error) {
	return k.Register(context.Background(), testPool, Registration{Body: body(members)})
}

func simple(pairs ...any) map[string]any {
	members := map[string]any{"redirect_uris": []string{"https://notes.example.test/cb"}}
	for i := 0; i < len(pairs); i += 2 {
		members[pairs[i].(string)] = pairs[i+1]
	}
	return members
}

func (k *kit) refusedAs(err error, want string) {
	k.Helper()
	if code, _ := CodeOf(err); code != want {
		k.Errorf("refused with %v, want %s", err, want)
	}
}

func TestAClientRegistersItself(t *testing.T) {
	k := start(t)
	_, err := k.register(simple())
	k.refusedAs(err, AccessDenied)
	k.open()
	got, err := k.register(simple("client_name", "Claude Code (notes)", "client_name#de", "Notizen", "unheard_of", 7, "scope", "openid email api/read",
		"grant_types", []string{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"}, "consent", "skip", "claims_policy", "cognito",
		"native_identity_providers", []string{"Google"},
		"post_logout_redirect_uris", []string{"https://notes.example.test/bye"}, "application_type", nil))
	k.must(err)
	for name, want := range map[string]string{
		"client_name": "Claude Code (notes)", "client_name#de": "Notizen", "scope": "openid email", "token_endpoint_auth_method": "client_secret_basic",
		"id_token_signed_response_alg": "RS256",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %s", name, got[name], want)
		}
	}
	for _, name := range []string{"unheard_of", "consent", "claims_policy", "localized", "native_identity_providers"} {
		if _, there := got[name]; there {
			t.Errorf("the answer has %s", name)
		}
	}
	if grants := got["grant_types"]; len(grants.([]any)) != 2 || got["client_secret_expires_at"] != 0 || len(got["client_secret"].(string)) < 32 {
		t.Errorf("%v", got)
	}
	c, err := k.settings().Client(t.Context(), testPool, identity.ClientID(got["client_id"].(string)))
	k.must(err)
	if c.Consent != "ask" || c.RegisteredBy != identity.ByRegistration || c.ClaimsPolicy != "oidc" {
		t.Errorf("%+v", c)
	}
	if uri := got["registration_client_uri"]; uri != k.Issuer(testPool)+"/oauth2/register/"+string(c.ID) {
		t.Error(uri)
	}
	secret := ClientAuth{ID: c.ID, Secret: got["client_secret"].(string), Method: identity.AuthBasic}
	if _, _, err := k.authenticate(t.Context(), testPool, secret); err != nil {
		t.Error(err)
	}
	secret.Method = identity.AuthPost
	_, _, err = k.authenticate(t.Context(), testPool, secret)
	k.refusedAs(err, InvalidClient)
}

func TestMetadataThatCannotBeUsedIsRefusedByItsCode(t *testing.T) {
	k := start(t)
	k.open(func(p *identity.Pool) {
		p.ClientRegistration.AllowedRedirectHosts = []string{"notes.example.test", "localhost", "com.example.app:"}
		p.ClientRegistration.AllowedGrants = []string{identity.GrantCode, identity.GrantImplicit, identity.GrantClientCredentials}
	})
	for name, c := range map[string]struct {
		with []any
		want string
	}{
		"no redirect URI":               {[]any{"redirect_uris", nil}, InvalidRedirectURI},
		"a fragment":                    {[]any{"redirect_uris", []string{"https://notes.example.test/cb#x"}}, InvalidRedirectURI},
		"another host":                  {[]any{"redirect_uris", []string{"https://evil.example.test/cb"}}, InvalidRedirectURI},
		"a host that ends alike":        {[]any{"redirect_uris", []string{"https://xnotes.example.test/cb"}}, InvalidRedirectURI},
		"a host in the user name":       {[]any{"redirect_uris", []string{"https://notes.example.test@evil.test/cb"}}, InvalidRedirectURI},
		"another scheme":                {[]any{"redirect_uris", []string{"com.evil.app:/cb"}}, InvalidRedirectURI},
		"a script":                      {[]any{"redirect_uris", []string{"javascript:alert(1)//"}}, InvalidRedirectURI},
		"plain http":                    {[]any{"redirect_uris", []string{"http://notes.example.test/cb"}}, InvalidRedirectURI},
		"a web client at home":          {[]any{"redirect_uris", []string{"http://localhost/cb"}, "grant_types", []string{"implicit"}, "response_types", []string{"id_token"}}, InvalidRedirectURI},
		"a statement":                   {[]any{"software_statement", "e30.e30."}, InvalidSoftwareStatement},
		"no grant that is open":         {[]any{"grant_types", []string{"password"}}, InvalidClientMetadata},
		"token exchange":                {[]any{"grant_types", []string{identity.GrantExchange}}, InvalidClientMetadata},
		"a method unknown":              {[]any{"token_endpoint_auth_method", "magic"}, InvalidClientMetadata},
		"private_key_jwt without keys":  {[]any{"token_endpoint_auth_method", "private_key_jwt"}, InvalidClientMetadata},
		"both key sets":                 {[]any{"jwks", map[string]any{"keys": []any{}}, "jwks_uri", "https://notes.example.test/keys"}, InvalidClientMetadata},
		"an http initiate_login_uri":    {[]any{"initiate_login_uri", "http://notes.example.test/login"}, InvalidClientMetadata},
		"ID tokens without a signature": {[]any{"id_token_signed_response_alg", "none"}, InvalidClientMetadata},
		"a name that hides":             {[]any{"client_name", "Notes\u202e"}, InvalidClientMetadata},
		"a list that is text":           {[]any{"redirect_uris", "https://notes.example.test/cb"}, InvalidClientMetadata},
		"scopes that nobody gets":       {[]any{"scope", "aws.cognito.signin.user.admin"}, InvalidClientMetadata},
		"a public machine":              {[]any{"grant_types", []string{"client_credentials"}, "token_endpoint_auth_method", "none"}, InvalidClientMetadata},
	} {
		_, err := k.register(simple(c.with...))
		if code, _ := CodeOf(err); code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for _, raw := range []string{"", "[]", "null", "{", `"x"`, "{}x"} {
		_, err := k.Register(t.Context(), testPool, Registration{Body: []byte(raw)})
		k.refusedAs(err, InvalidClientMetadata)
	}
}

func TestMembersAreTakenByTheirExactNames(t *testing.T) {
	k := start(t)
	k.open()
	got, err := k.register(simple("Redirect_URIs", []string{"https://evil.example.test/cb"}, "CLIENT_NAME", "Evil", "FAPI_PROFILE", "security"))
	k.must(err)
	if got["client_name"] != "notes.example.test" || !slices.Equal(got["redirect_uris"].([]any), []any{"https://notes.example.test/cb"}) {
		t.Error(got)
	}
}

func TestAClientReadsChangesAndDeletesItsRegistration(t *testing.T) {
	k, ctx := start(t), context.Background()
	k.open()
	first, err := k.register(simple("client_name", "One"))
	k.must(err)
	id, token, secret := first["client_id"].(string), first["registration_access_token"].(string), first["client_secret"].(string)
	in := Registration{Client: identity.ClientID(id), Token: token}
	read, err := k.ReadRegistration(ctx, testPool, in)
	if k.must(err); read["client_secret"] != secret || read["registration_access_token"] != token {
		t.Error(read)
	}
	for name, members := range map[string]map[string]any{
		"no client_id":        simple(),
		"another's client_id": simple("client_id", "web"),
		"another secret":      simple("client_id", id, "client_secret", "guess"),
		"the token":           simple("client_id", id, "registration_access_token", token),
		"the time":            simple("client_id", id, "client_id_issued_at", 1),
	} {
		in.Body = body(members)
		if _, err := k.ChangeRegistration(ctx, testPool, in); err == nil {
			t.Errorf("%s is taken", name)
		} else {
			k.refusedAs(err, InvalidClientMetadata)
		}
	}
	in.Body = body(simple("client_id", id, "client_secret", secret, "redirect_uris", []string{"https://notes.example.test/two"}))
	changed, err := k.ChangeRegistration(ctx, testPool, in)
	k.must(err)
	if changed["client_name"] != "notes.example.test" || changed["client_secret"] != secret || changed["registration_access_token"] == token {
		t.Error(changed)
	}
	in.Token = changed["registration_access_token"].(string)
	in.Body = body(simple("client_id", id, "token_endpoint_auth_method", "none"))
	public, err := k.ChangeRegistration(ctx, testPool, in)
	if k.must(err); public["client_secret"] != nil {
		t.Error(public)
	}
	in.Token = token
	k.refusedAs(k.DeleteRegistration(ctx, testPool, in), InvalidToken)
	in.Token = public["registration_access_token"].(string)
	k.must(k.DeleteRegistration(ctx, testPool, in))
	_, err = k.ReadRegistration(ctx, testPool, in)
	k.refusedAs(err, InvalidToken)
}

func TestAttackMetadataAsksForAddressesWithin(t *testing.T) {
	inner := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inner++ }))
	defer s.Close()
	k := start(t)
	k.open()
	k.ClientKeys = guarded(k) // as in production: nothing of this machine
	for _, address := range []string{"https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/x", "https://2130706433/x", strings.Replace(s.URL, "http:", "https:", 1)} {
		_, err := k.register(simple("subject_type", "pairwise", "sector_identifier_uri", address))
		k.refusedAs(err, InvalidClientMetadata)
		got, err := k.register(simple("logo_uri", address))
		k.must(err)
		c, err := k.settings().Client(t.Context(), testPool, identity.ClientID(got["client_id"].(string)))
		if k.must(err); c.Logo != "" {
			t.Errorf("%s gave a logo", address)
		}
	}
	if inner != 0 {
		t.Errorf("asked %d times", inner)
	}
}

func TestASectorListsEveryRedirectURI(t *testing.T) {
	list, status := `["https://notes.example.test/cb","https://other.example.test/cb"]`, 200
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(list))
	}))
	defer s.Close()
	k := start(t)
	k.open()
	k.reach(s)
	both := []string{"https://notes.example.test/cb", "https://other.example.test/cb"}
	_, err := k.register(simple("redirect_uris", both, "subject_type", "pairwise", "sector_identifier_uri", s.URL+"/one"))
	k.must(err)
	_, err = k.register(simple("redirect_uris", append(both, "https://third.example.test/cb"), "subject_type", "pairwise", "sector_identifier_uri", s.URL+"/one"))
	k.refusedAs(err, InvalidClientMetadata)
	_, err = k.register(simple("redirect_uris", both, "subject_type", "pairwise"))
	k.refusedAs(err, InvalidClientMetadata)
	// A client of the file is held at its first use.
	k.change(web, func(c *identity.Client) { c.SubjectType, c.SectorIdentifier = "pairwise", s.URL+"/two" })
	decision, err := k.Authorize(t.Context(), testPool, request(web), AuthorizeState{})
	k.must(err)
	if decision.Answer == nil || decision.Answer.Params.Get("error") != UnauthorizedClient {
		t.Errorf("%+v", decision)
	}
	list, status = `["`+callback+`","http://127.0.0.1/cb","http://[::1]:8080/cb","com.example.app:/done"]`, 200
	k.wait(25 * time.Hour)
	decision, err = k.Authorize(t.Context(), testPool, request(web), AuthorizeState{})
	if k.must(err); decision.Login == nil {
		t.Errorf("%+v", decision)
	}
}
