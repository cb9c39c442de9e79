package lambda_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/lambda"
)

const event = `{"version":"1","request":{},"response":{}}`

// ask asks a function whose endpoint answers so.
func ask(t *testing.T, fn trigger.Function, answer http.HandlerFunc) (trigger.Answer, *http.Request, *trigger.Error) {
	t.Helper()
	var seen *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if string(body) != event {
			t.Errorf("body %s", body)
		}
		seen = req
		answer(w, req)
	}))
	defer server.Close()
	if fn.FunctionURL == "" {
		fn.InvokeURL = server.URL
	} else {
		fn.FunctionURL = server.URL + "/?a=b"
	}
	client := lambda.New(fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), time.Now)
	got, err := client.Invoke(context.Background(), fn, trigger.Ask{ID: "1", Body: []byte(event)})
	var failed *trigger.Error
	errors.As(err, &failed)
	return got, seen, failed
}

func TestTheInvokeAPIIsAsked(t *testing.T) {
	fn := trigger.Function{Name: "my-function", Key: trigger.AccessKey{Region: "eu-west-1", ID: "AKIDEXAMPLE", Secret: "secret"}}
	got, req, failed := ask(t, fn, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, event) })
	if failed != nil || string(got.Body) != event {
		t.Fatalf("%s, %v", got.Body, failed)
	}
	if req.Method != http.MethodPost || req.URL.Path != "/2015-03-31/functions/my-function/invocations" || req.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" {
		t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
	if !strings.HasPrefix(req.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
		t.Errorf("signed %q", req.Header.Get("Authorization"))
	}
	fn.Key = trigger.AccessKey{}
	if _, req, _ = ask(t, fn, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, event) }); req.Header.Get("Authorization") != "" {
		t.Error("signed without a key")
	}
}

func TestAFunctionURLIsAsked(t *testing.T) {
	got, req, failed := ask(t, trigger.Function{FunctionURL: "here"}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, event) })
	if failed != nil || string(got.Body) != event || req.URL.RequestURI() != "/?a=b" {
		t.Errorf("%s, %v, %v", got.Body, failed, req.URL)
	}
}

// What AWS and the runtime interface emulator answer for functions that fail.
func TestHowFunctionsFail(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		flag    string
		body    string
		outcome trigger.Outcome
		again   bool
		said    string
	}{
		"thrown":                {200, "Unhandled", `{"errorType":"Error","errorMessage":"not today","trace":["Error: not today"]}`, trigger.Refused, false, "not today"},
		"handled":               {200, "Handled", `{"errorMessage":"not today"}`, trigger.Refused, false, "not today"},
		"thrown, emulator":      {200, "", `{"errorType":"Error","errorMessage":"not today","trace":[]}`, trigger.Refused, false, "not today"},
		"flagged, no message":   {200, "Unhandled", `null`, trigger.Refused, false, ""},
		"out of time":           {200, "Unhandled", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}`, trigger.Failed, true, "the function ended: RequestId: 1 Error: Task timed out after 3.00 seconds"},
		"out of time, emulator": {200, "", `Task timed out after 3.00 seconds`, trigger.Failed, true, "the function ran out of time"},
		"crashed":               {200, "Unhandled", `{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}`, trigger.Failed, true, "the function ended: exit status 1"},
		"busy, emulator":        {400, "", ``, trigger.Failed, true, "it answered HTTP 400"},
		"throttled":             {429, "", `{"message":"Rate exceeded"}`, trigger.Failed, true, "it answered HTTP 429"},
		"forbidden":             {403, "", `{"message":"no"}`, trigger.Failed, false, "it answered HTTP 403"},
		"unknown":               {404, "", `{"message":"Function not found"}`, trigger.Failed, false, "it answered HTTP 404"},
		"down":                  {502, "", `oops`, trigger.Failed, true, "it answered HTTP 502"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, failed := ask(t, trigger.Function{Name: "f"}, func(w http.ResponseWriter, _ *http.Request) {
				if c.flag != "" {
					w.Header().Set("X-Amz-Function-Error", c.flag)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			if failed == nil || failed.Outcome != c.outcome || failed.Again != c.again {
				t.Fatalf("%+v", failed)
			}
			said := failed.Message
			if failed.Err != nil {
				said = failed.Err.Error()
			}
			if said != c.said {
				t.Errorf("said %q, want %q", said, c.said)
			}
		})
	}
}

func TestAnAnswerWithAnErrorMessageBesideItsResponseIsAnAnswer(t *testing.T) {
	const answer = `{"errorMessage":"mine","response":{}}`
	got, _, failed := ask(t, trigger.Function{Name: "f"}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
	if failed != nil || string(got.Body) != answer {
		t.Errorf("%s, %v", got.Body, failed)
	}
}
