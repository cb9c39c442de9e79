package cognito

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
)

func TestEveryCodeHasAnException(t *testing.T) {
	for _, code := range identity.Codes() {
		said, ok := exceptions[code]
		if !ok || !strings.HasSuffix(said.name, "Exception") || said.message == "" {
			t.Errorf("%s is %+v", code, said)
		}
	}
}

func TestEveryViolationHasWords(t *testing.T) {
	for _, v := range password.Violations() {
		if violations[string(v)] == "" {
			t.Errorf("%s has no words", v)
		}
	}
}

func TestAnErrorIsSaidInHeaderAndBody(t *testing.T) {
	s := start(t)
	status, header, body := s.says(Target+"AdminGetUser", `{"UserPoolId":"local_main","Username":"nobody@example.test"}`)
	if status != http.StatusBadRequest || header != "UserNotFoundException" ||
		body != `{"__type":"UserNotFoundException","message":"User does not exist."}` {
		t.Errorf("%d %s %s", status, header, body)
	}
}

func TestAnOperationWithoutOutputAnswersAnObject(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	if status, _, body := s.says(Target+"AdminDisableUser", `{"UserPoolId":"local_main","Username":"ann@example.test"}`); status != 200 || body != "{}" {
		t.Errorf("%d %q", status, body)
	}
}

func TestAFaultTellsNothing(t *testing.T) {
	s := start(t)
	s.handler.Admin.Store = broken{s.handler.Admin.Store}
	status, header, body := s.says(Target+"AdminGetUser", `{"UserPoolId":"local_main","Username":"ann"}`)
	if status != http.StatusInternalServerError || header != "InternalErrorException" || strings.Contains(body, "disk") {
		t.Errorf("%d %s %s", status, header, body)
	}
}

func TestBadInputIsRefused(t *testing.T) {
	s := start(t)
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, c := range map[string]struct{ target, body, want string }{
		"an unknown operation":     {Target + "Nonsense", "{}", "UnknownOperationException"},
		"no operation":             {"", "{}", "UnknownOperationException"},
		"an unknown member":        {AdminTarget + "ListKeys", `{"UserPoolId":"local_main","Usrname":"a"}`, "Usrname is not known"},
		"another type":             {Target + "AdminGetUser", `{"UserPoolId":1}`, "NUMBER_VALUE can not be converted to a String"},
		"a member twice":           {Target + "AdminGetUser", `{"UserPoolId":"local_main","Username":"a","Username":"b"}`, "stands twice"},
		"a member twice, escaped":  {Target + "AdminGetUser", `{"UserPoolId":"local_main","Username":"a","User\u006eame":"b"}`, "stands twice"},
		"a member twice, inside":   {Target + "AdminCreateUser", `{"UserPoolId":"local_main","Username":"a","ClientMetadata":{"k":"1","k":"2"}}`, "stands twice"},
		"no JSON":                  {Target + "AdminGetUser", `{`, "SerializationException"},
		"two objects":              {Target + "AdminGetUser", `{} {}`, "SerializationException"},
		"bytes that are no text":   {Target + "AdminGetUser", "{\"Username\":\"\xff\"}", "SerializationException"},
		"brackets without end":     {Target + "AdminGetUser", deep, "SerializationException"},
		"a body beyond its bounds": {Target + "AdminGetUser", `{"Username":"` + strings.Repeat("a", maxBody) + `"}`, "RequestEntityTooLargeException"},
		"an attribute given twice": {Target + "AdminCreateUser", `{"UserPoolId":"local_main","Username":"b@example.test","UserAttributes":[{"Name":"name","Value":"a"},{"Name":"name","Value":"b"}]}`, "name name twice"},
		"an unknown pool":          {Target + "ListUsers", `{"UserPoolId":"no_pool"}`, "ResourceNotFoundException"},
		"a page too large":         {Target + "ListUsers", `{"UserPoolId":"local_main","Limit":61}`, "Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60"},
		"a token of nobody's":      {Target + "ListUsers", `{"UserPoolId":"local_main","PaginationToken":"!"}`, "PaginationToken is none that was given out"},
		"a filter that is none":    {Target + "ListUsers", `{"UserPoolId":"local_main","Filter":"x"}`, "Filter is written as"},
		"a filter by a custom one": {Target + "ListUsers", `{"UserPoolId":"local_main","Filter":"custom:x = \"a\""}`, "Filter searches by"},
		"an asset that is another": {AdminTarget + "ApplySettings", `{"Pools":[],"Assets":[{"Hash":"00","Body":"YQ=="}]}`, "not what its hash says"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _, body := s.says(c.target, c.body); status != 400 || !strings.Contains(body, c.want) {
				t.Errorf("%d %s, want %s", status, body, c.want)
			}
		})
	}
}

func TestBracketsInTextAreNoDepth(t *testing.T) {
	if tooDeep([]byte(`{"a":"` + strings.Repeat(`[\"`, 200) + `"}`)) {
		t.Error("brackets inside a string were counted")
	}
}

func TestUsersAreListedInPages(t *testing.T) {
	s := start(t)
	for i := range 5 {
		s.user(fmt.Sprintf("u%d@example.test", i))
	}
	seen, in := 0, ListUsersRequest{UserPoolID: pool, Limit: 2}
	for pages := 1; ; pages++ {
		var out ListUsersResponse
		s.calls(Target+"ListUsers", in, &out)
		seen += len(out.Users)
		if out.PaginationToken == "" {
			if pages != 3 || seen != 5 {
				t.Errorf("%d users in %d pages", seen, pages)
			}
			return
		}
		in.PaginationToken = out.PaginationToken
	}
}

func TestAFilterFindsUsersBeyondTheFirstPage(t *testing.T) {
	s := start(t)
	for i := range 5 {
		s.user(fmt.Sprintf("u%d@example.test", i))
	}
	for filter, want := range map[string]int{
		`email = "u4@example.test"`: 1, `email ^= "u"`: 2, `"email" ^= "nobody"`: 0, `status = "Enabled"`: 2,
		`cognito:user_status = "FORCE_CHANGE_PASSWORD"`: 2, `username = "x"`: 0,
	} {
		var out ListUsersResponse
		s.calls(Target+"ListUsers", ListUsersRequest{UserPoolID: pool, Limit: 2, Filter: filter}, &out)
		if len(out.Users) != want {
			t.Errorf("%s finds %d, want %d", filter, len(out.Users), want)
		}
	}
}

func TestOnlyTheAttributesAskedForAreListed(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	var out ListUsersResponse
	s.calls(Target+"ListUsers", ListUsersRequest{UserPoolID: pool, AttributesToGet: []string{"email"}}, &out)
	if got := out.Users[0].Attributes; len(got) != 1 || got[0] != (Pair{"email", "ann@example.test"}) {
		t.Errorf("attributes %v", got)
	}
}

func TestTimesAreNumbers(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	_, _, body := s.says(Target+"AdminGetUser", `{"UserPoolId":"local_main","Username":"ann@example.test"}`)
	if !strings.Contains(body, `"UserCreateDate":1777809600,`) {
		t.Errorf("the answer is %s", body)
	}
}

func TestSecretsDoNotPrintThemselves(t *testing.T) {
	if got := fmt.Sprintf("%v %s %#v %+v", Secret("x7"), Secret("x7"), Secret("x7"), struct{ S Secret }{"x7"}); strings.Contains(got, "x7") {
		t.Error(got)
	}
}

// FuzzOperations: no input makes an operation fail otherwise than by an exception.
func FuzzOperations(f *testing.F) {
	f.Add("ListUsers", []byte(`{"UserPoolId":"local_main","Filter":"email ^= \"a\""}`))
	f.Add("AdminCreateUser", []byte(`{"UserPoolId":"local_main","Username":"ann@example.test","UserAttributes":[{"Name":"email"}]}`))
	f.Add("CreateUserPoolClient", []byte(`{"UserPoolId":"local_main","ClientName":"web","CallbackURLs":["http://127.0.0.1/"]}`))
	f.Add("CreateGroup", []byte(`{"UserPoolId":"local_main","GroupName":"\u0000"}`))
	f.Add("AdminGetUser", []byte(`{"Username":{"a":[[[]]]}}`))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		s := start(t)
		if status, _, answer := s.says(Target+name, string(body)); status != 200 && status != 400 {
			t.Errorf("%s %q answers %d %s", name, body, status, answer)
		}
	})
}

func TestThePoolAtTheRootIsListedFirst(t *testing.T) {
	s := start(t)
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: "a_before", Name: "Before"}}}}, nil)
	var out ListUserPoolsResponse
	s.calls(Target+"ListUserPools", ListUserPoolsRequest{MaxResults: 60}, &out)
	if len(out.UserPools) != 2 || out.UserPools[0].ID != pool {
		t.Errorf("listed %+v", out.UserPools)
	}
}
