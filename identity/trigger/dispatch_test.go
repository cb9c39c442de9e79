package trigger_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
)

func TestTheWholeEventIsSentAndItsResponseAnswered(t *testing.T) {
	k := start(t, echo(`{"autoConfirmUser": true, "else": [1]}`))
	if got := string(k.run(trigger.Answered, "")); got != `{"autoConfirmUser":true,"else":[1]}` {
		t.Errorf("response: %s", got)
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(k.sent[0]), &event); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"version", "triggerSource", "region", "userPoolId", "userName", "callerContext", "request", "response"} {
		if _, ok := event[name]; !ok {
			t.Errorf("the event has no %s: %s", name, k.sent[0])
		}
	}
}

func TestWhatIsDownIsAskedThreeTimes(t *testing.T) {
	t.Run("one that recovers", func(t *testing.T) {
		tries := 0
		k := start(t, func(w http.ResponseWriter, req *http.Request) {
			if tries++; tries < 3 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			echo(`{}`)(w, req)
		})
		k.run(trigger.Answered, "")
		if k.tries() != 3 || k.last(trigger.PreSignUp)[0].Tries != 3 {
			t.Errorf("%d tries", k.tries())
		}
		if a, b := k.seen[0].Header, k.seen[2].Header; a.Get("webhook-id") == "" || a.Get("webhook-id") != b.Get("webhook-id") {
			t.Errorf("a try has another id: %v, %v", a, b)
		}
	})
	t.Run("one that does not", func(t *testing.T) {
		k := start(t, says(http.StatusServiceUnavailable, "secret inner text"))
		k.run(trigger.Failed, "it answered HTTP 503")
		if k.tries() != 3 {
			t.Errorf("%d tries", k.tries())
		}
		if strings.Contains(k.log.String(), "inner") || !strings.Contains(k.log.String(), "503") {
			t.Errorf("the log: %s", &k.log)
		}
	})
	t.Run("one that nobody listens at", func(t *testing.T) {
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		k := start(t, nil)
		k.url = gone.URL
		_, run := k.Test(context.Background(), k.call(nil))
		if run.Outcome != trigger.Failed || run.Tries != 3 {
			t.Errorf("%+v", run)
		}
	})
}

func TestARefusalIsAskedOnce(t *testing.T) {
	k := start(t, says(http.StatusForbidden, `{"message": "not\u0000 today\nor ever"}`))
	k.run(trigger.Refused, "not today or ever")
	if k.tries() != 1 || k.log.Len() > 0 {
		t.Errorf("%d tries, log %q", k.tries(), &k.log)
	}
}

func TestWhatIsNoAnswer(t *testing.T) {
	const noEvent = "the answer is not the event: return the event that the handler was given"
	const noResponse = "the answer has no response, or one that is not an object: return the event that the handler was given"
	for body, why := range map[string]string{
		`null`: noEvent, `"ok"`: noEvent, `[]`: noEvent, `7`: noEvent,
		`{}`: noResponse, `{"response": null}`: noResponse, `{"response": []}`: noResponse, `{"Response": {}}`: noResponse,
		``: "the answer is not JSON", `{"response": {}`: "the answer is not JSON", `<html>`: "the answer is not JSON",
		"{\"response\": {\"a\": \"\xff\"}}":                           "the answer is not UTF-8",
		`{"response": {"a": "` + strings.Repeat("x", 10<<20) + `"}}`:  "the answer is larger than 256 KiB",
		`{"response": {"a": "` + strings.Repeat("x", 256<<10) + `"}}`: "the answer is larger than 256 KiB",
	} {
		k := start(t, says(http.StatusOK, body))
		k.run(trigger.Malformed, why)
		if k.tries() != 1 {
			t.Errorf("%.30q: %d tries", body, k.tries())
		}
	}
	k := start(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/elsewhere", http.StatusFound) })
	k.run(trigger.Failed, "it answered HTTP 302")
}

func TestATriggerThatIsDownIsLeftAloneForAWhile(t *testing.T) {
	up := false
	k := start(t, func(w http.ResponseWriter, req *http.Request) {
		if up {
			echo(`{}`)(w, req)
			return
		}
		w.WriteHeader(http.StatusNotFound) // no other try helps
	})
	for range 10 {
		k.run(trigger.Failed, "it answered HTTP 404")
	}
	const open = "it failed 10 times in a row and is asked again in 30 seconds"
	k.run(trigger.Failed, "it failed 10 times in a row and is asked again in 31 seconds")
	if k.tries() != 10 {
		t.Errorf("%d tries", k.tries())
	}
	k.pass(30 * time.Second)
	k.run(trigger.Failed, "it answered HTTP 404") // one finds out
	k.pass(time.Second)
	k.run(trigger.Failed, open)
	up = true
	k.pass(30 * time.Second)
	k.run(trigger.Answered, "")
	k.run(trigger.Answered, "")
	if k.tries() != 13 {
		t.Errorf("%d tries", k.tries())
	}
	if runs := k.last(trigger.PreSignUp); runs[2].Tries != 0 || runs[2].Outcome != trigger.Failed {
		t.Errorf("a call that was not made: %+v", runs[2])
	}
}

func TestOneAtATimeFindsOutWhetherATriggerIsBack(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	blocks := false
	k := start(t, func(w http.ResponseWriter, req *http.Request) {
		if blocks {
			close(entered)
			<-leave
			echo(`{}`)(w, req)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	for range 10 {
		k.run(trigger.Failed, "it answered HTTP 404")
	}
	k.pass(30 * time.Second)
	blocks = true
	first := make(chan error)
	go func() {
		_, err := k.Run(context.Background(), k.call(nil))
		first <- err
	}()
	<-entered
	k.run(trigger.Failed, "it failed 10 times in a row and is asked again in 31 seconds")
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestOneBrokenTriggerLeavesOthersOfItsTargetAlone(t *testing.T) {
	k := start(t, says(http.StatusNotFound, ""))
	for range 10 {
		k.run(trigger.Failed, "it answered HTTP 404")
	}
	other := k.call(nil)
	other.Kind = trigger.CustomMessage
	if _, run := k.Test(context.Background(), other); run.Tries != 1 {
		t.Errorf("%+v", run)
	}
}

func TestSendersAnswerNothing(t *testing.T) {
	for _, body := range []string{"null", "", `"sent"`} {
		k := start(t, says(http.StatusOK, body))
		call := k.call(nil)
		call.Kind = trigger.CustomEmailSender
		if got, err := k.Run(context.Background(), call); err != nil || string(got) != "{}" {
			t.Errorf("%q: %s, %v", body, got, err)
		}
	}
}

func TestRefusalsOpenNoBreaker(t *testing.T) {
	k := start(t, says(http.StatusBadRequest, `{"errorMessage": "no"}`))
	for range 12 {
		k.run(trigger.Refused, "no")
	}
}

func TestACallerThatGoesAwayEndsNothing(t *testing.T) {
	k := start(t, echo(`{}`))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := k.Run(ctx, k.call(nil)); err != nil {
		t.Error(err)
	}
}

func TestWhereTargetsAre(t *testing.T) {
	functions := trigger.Functions{Folder: "/etc/poolhouse", Environment: map[string]string{"A": "b"}, Mapped: map[string]trigger.Function{
		"arn:aws:lambda:eu-west-1:1:function:f": {InvokeURL: "http://127.0.0.1:9000", Name: "f"},
	}}
	for target, want := range map[string]string{
		"triggers/a.ts": "/etc/poolhouse/triggers/a.ts", "./triggers": "/etc/poolhouse/triggers", "/srv/a.js": "/srv/a.js",
	} {
		if fn, err := functions.Of(target); err != nil || fn.Path != want || fn.Environment["A"] != "b" {
			t.Errorf("%s: %+v, %v", target, fn, err)
		}
	}
	if fn, err := functions.Of("arn:aws:lambda:eu-west-1:1:function:f"); err != nil || fn.Name != "f" || fn.Target == "" {
		t.Errorf("%+v, %v", fn, err)
	}
	for target, want := range map[string]string{
		"arn:aws:lambda:eu-west-1:1:function:g": "the configuration file maps no function arn:aws:lambda:eu-west-1:1:function:g: add it to triggers.functions",
		"https://u:p@hooks.example.test/a?k=v":  "nothing signs what is sent to https://hooks.example.test/a: set triggers.secret",
	} {
		if _, err := functions.Of(target); err == nil || err.Error() != want {
			t.Errorf("%s: %v", target, err)
		}
	}
}
