package cognito

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

const publicURL = "https://login.example.test"

// public mounts the API on a web.Server, as the program does.
func (s *rig) public() http.Handler {
	s.Helper()
	server, err := web.New(web.Deps{
		Identity: s.handler.Admin.Core, OAuth: &oauth.Provider{Identity: s.handler.Admin.Core, Now: s.handler.Now}, DefaultPool: pool,
		PublicURL: publicURL, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: s.handler.Now,
	})
	if err != nil {
		s.Fatal(err)
	}
	server.Add(s.handler.Routes()...)
	return server
}

func send(h http.Handler, method, path, target, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, publicURL+path, strings.NewReader(body))
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestAnAdministratorsOperationWantsAKeyOnThePublicListener(t *testing.T) {
	h := start(t).public()
	for name, one := range operations {
		if !one.access.administrators() {
			continue
		}
		got := send(h, "POST", "/", name, "{}")
		if got.Code != 400 || got.Header().Get("x-amzn-ErrorType") != "MissingAuthenticationTokenException" {
			t.Errorf("%s answers %d %s", name, got.Code, got.Body)
		}
	}
}

func TestThePublicRouteAnswersEveryErrorInCognitosShape(t *testing.T) {
	h := start(t).public()
	for name, c := range map[string]struct{ path, target, host, want string }{
		"an unknown operation": {"/", Target + "Nonsense", "", "UnknownOperationException"},
		"an unknown pool":      {"/no_pool", Target + "GetUser", "", "ResourceNotFoundException"},
		"a path of nothing":    {"/no/such/path", Target + "GetUser", "", "ResourceNotFoundException"},
		"another host":         {"/", Target + "GetUser", "evil.example.test", "InvalidParameterException"},
		"a pool's path":        {"/local_main", Target + "Nonsense", "", "UnknownOperationException"},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest("POST", publicURL+c.path, strings.NewReader("{}"))
			req.Header.Set("X-Amz-Target", c.target)
			if c.host != "" {
				req.Host = c.host
			}
			got := httptest.NewRecorder()
			h.ServeHTTP(got, req)
			header := got.Header()
			if got.Code != 400 || header.Get("x-amzn-ErrorType") != c.want || !strings.HasPrefix(got.Body.String(), `{"__type":"`+c.want+`","message":"`) ||
				header.Get("Content-Type") != "application/x-amz-json-1.1" || header.Get("x-amzn-RequestId") == "" || header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%d %v %s", got.Code, header, got.Body)
			}
		})
	}
}

func TestAPostWithoutAnOperationIsNoneOfTheAPIs(t *testing.T) {
	if got := send(start(t).public(), "POST", "/", "", "{}"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("x-amzn-ErrorType") != "" {
		t.Errorf("%d %v %s", got.Code, got.Header(), got.Body)
	}
}

func TestAFaultBeforeTheOperationIsAnInternalError(t *testing.T) {
	s := start(t)
	h := s.public()
	s.handler.Admin.Core.Store = broken{s.handler.Admin.Core.Store}
	if got := send(h, "POST", "/", Target+"GetUser", "{}"); got.Code != 500 || got.Header().Get("x-amzn-ErrorType") != "InternalErrorException" || strings.Contains(got.Body.String(), "disk") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestBrowsersMayCallTheAPIWithoutCookies(t *testing.T) {
	h := start(t).public()
	for _, path := range []string{"/", "/local_main"} {
		got := send(h, "OPTIONS", path, "", "", "Origin", "https://app.example.test", "Access-Control-Request-Method", "POST").Header()
		allowed := strings.ToLower(got.Get("Access-Control-Allow-Headers"))
		for _, name := range []string{"cache-control", "content-type", "x-amz-target", "x-amz-user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "x-amz-date", "x-amz-security-token"} {
			if !strings.Contains(allowed, name) {
				t.Errorf("%s does not allow %s", path, name)
			}
		}
		if got.Get("Access-Control-Allow-Origin") != "*" || got.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(got.Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("%s: %v", path, got)
		}
	}
	shown := strings.ToLower(send(h, "POST", "/", Target+"Nonsense", "{}").Header().Get("Access-Control-Expose-Headers"))
	if !strings.Contains(shown, "x-amzn-requestid") || !strings.Contains(shown, "x-amzn-errortype") {
		t.Errorf("exposed: %s", shown)
	}
}

// as calls an operation as somebody.
func (s *rig) as(c Caller, name, body string) (kind, answer string) {
	s.Helper()
	req := httptest.NewRequest("POST", "/", strings.NewReader(body))
	req.Header.Set("X-Amz-Target", name)
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req.WithContext(WithCaller(req.Context(), c)))
	return rec.Header().Get("x-amzn-ErrorType"), rec.Body.String()
}

func TestACallerStaysWithinItsScope(t *testing.T) {
	s := start(t)
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: "other_pool", Name: "Other"}}}}, nil)
	mine, reader, there := Caller{Kind: AccessKey, Pool: pool}, Caller{Kind: AccessKey, ReadOnly: true}, Caller{Kind: AccessKey, At: pool}
	const group = `{"UserPoolId":"local_main","GroupName":"g"}`
	for name, c := range map[string]struct {
		by                 Caller
		target, body, want string
	}{
		"its pool":                         {mine, Target + "ListUsers", `{"UserPoolId":"local_main"}`, ""},
		"another pool":                     {mine, Target + "ListUsers", `{"UserPoolId":"other_pool"}`, "AccessDeniedException"},
		"a pool that is none":              {mine, Target + "ListUsers", `{"UserPoolId":"no_pool"}`, "AccessDeniedException"},
		"no pool named":                    {mine, AdminTarget + "ListKeys", `{}`, "AccessDeniedException"},
		"the settings of all pools":        {mine, AdminTarget + "ApplySettings", `{"Pools":[]}`, "AccessDeniedException"},
		"everybody's messages":             {mine, AdminTarget + "ListMessages", `{}`, "AccessDeniedException"},
		"reading":                          {reader, Target + "ListUsers", `{"UserPoolId":"other_pool"}`, ""},
		"writing, when it may only read":   {reader, Target + "CreateGroup", group, "AccessDeniedException"},
		"the pool of the path":             {there, Target + "CreateGroup", group, ""},
		"another pool than that of a path": {there, Target + "ListUsers", `{"UserPoolId":"other_pool"}`, "ResourceNotFoundException"},
		"nobody":                           {Caller{}, Target + "ListUsers", `{"UserPoolId":"local_main"}`, "MissingAuthenticationTokenException"},
	} {
		t.Run(name, func(t *testing.T) {
			if kind, answer := s.as(c.by, c.target, c.body); kind != c.want {
				t.Errorf("%s: %s", kind, answer)
			}
		})
	}
}

func TestOnlyTheCallersPoolIsListed(t *testing.T) {
	s := start(t)
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: "other_pool", Name: "Other"}}}}, nil)
	for _, c := range []Caller{{Kind: AccessKey, Pool: pool}, {Kind: AccessKey, At: pool}} {
		if _, answer := s.as(c, Target+"ListUserPools", `{"MaxResults":60}`); strings.Contains(answer, "other_pool") || !strings.Contains(answer, "local_main") {
			t.Errorf("%+v sees %s", c, answer)
		}
	}
}

// A scope holds what the operation reads, however the member was spelt.
func TestAttackAMemberInAnotherSpellingDoesNotLeaveTheScope(t *testing.T) {
	s := start(t)
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: "other_pool", Name: "Other"}}}}, nil)
	mine := Caller{Kind: AccessKey, Pool: pool}
	for _, body := range []string{
		`{"UserPoolId":"local_main","userpoolid":"other_pool"}`,
		`{"userpoolid":"other_pool","UserPoolId":"local_main","UserPoolId":"other_pool"}`,
		`{"UserPoolId":"local_main","UserPoolId":"other_pool"}`,
		`{"UserPoolId":"local_main","UserPool\u0049d":"other_pool"}`,
	} {
		kind, answer := s.as(mine, Target+"CreateGroup", strings.TrimSuffix(body, "}")+`,"GroupName":"taken"}`)
		var out ListGroupsResponse
		s.calls(Target+"ListGroups", ListGroupsRequest{UserPoolID: "other_pool"}, &out)
		if len(out.Groups) > 0 {
			t.Fatalf("%s reached another pool: %s %s", body, kind, answer)
		}
	}
}
