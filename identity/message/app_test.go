package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/storage"
)

// appWords composes a call that says which message it is.
type appWords struct{}

func (appWords) Compose(_ context.Context, m Message, _ map[string]string) (Content, error) {
	return Content{Text: "logout_token=" + m.Data["sid"], Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, nil
}

// appSender is a Sender of calls to apps.
func (o *office) appSender(t Transport) *Sender {
	s := o.sender(nil, nil)
	s.App, s.ComposeApp = t, appWords{}
	return s
}

// call puts a call to an app into the outbox.
func (o *office) call(to string, change func(*Message)) string {
	o.t.Helper()
	return o.put(to, func(m *Message) {
		m.Channel, m.Kind, m.Data = App, BackchannelLogout, map[string]string{"sid": "s1"}
		if change != nil {
			change(m)
		}
	})
}

// app is a real app that answers with a status.
func app(t *testing.T, status int) (address string, bodies func() []string) {
	t.Helper()
	var mu sync.Mutex
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(raw))
		mu.Unlock()
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), got...)
	}
}

func guarded(open ...string) Transport {
	o := fetch.Options{Redirects: -1, Timeout: 5 * time.Second}
	for _, network := range open {
		o.Allow = append(o.Allow, netip.MustParsePrefix(network))
	}
	return OpenApp(fetch.New(o))
}

func TestAnAppIsCalledAtItsAddress(t *testing.T) {
	for status, want := range map[int]string{200: Sent, 204: Sent, 400: Stuck, 500: Waiting, 302: Waiting, 404: Waiting} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			o := newOffice(t)
			address, bodies := app(t, status)
			id := o.call(address+"/logout", nil)
			o.run(o.appSender(guarded("127.0.0.0/8")))
			until(t, "it is tried", func() bool { m := o.get(id); return m.Attempts > 0 && m.Claim == "" })
			if m := o.get(id); m.State != want || (want == Sent) != (m.LastError == "") {
				t.Errorf("it is %s: %s", m.State, m.LastError)
			}
			for _, got := range bodies() {
				if got != "POST /logout application/x-www-form-urlencoded logout_token=s1" {
					t.Errorf("the app got %q", got)
				}
			}
			if m := o.get(id); m.State == Sent && m.Data != nil {
				t.Error("what was said is kept")
			}
		})
	}
}

func TestAnAppAtAPrivateAddressIsNotCalled(t *testing.T) {
	address, bodies := app(t, 200)
	for _, to := range []string{address, strings.Replace(address, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest", "http://[::1]:1/"} {
		o := newOffice(t)
		id := o.call(to, nil)
		o.run(o.appSender(guarded()))
		until(t, "it is stuck", func() bool { return o.get(id).State == Stuck })
		if m := o.get(id); m.Attempts != 1 || !strings.Contains(m.LastError, "forbidden") {
			t.Errorf("%s: %+v", to, m)
		}
	}
	if len(bodies()) != 0 {
		t.Error("the app was called")
	}
}

func TestASlowAppHoldsUpNoOther(t *testing.T) {
	o := newOffice(t)
	block := make(chan struct{})
	defer close(block)
	slow := &hand{give: func(c Content) error {
		if strings.Contains(c.To, "slow") {
			<-block
		}
		return nil
	}}
	for range 30 {
		o.call("https://slow.example.test/logout", nil)
	}
	o.run(o.appSender(slow))
	until(t, "the slow one has what it may have", func() bool { return slow.tries() == atOnce })
	for range 5 {
		id := o.call("https://quick.example.test/logout", nil)
		until(t, "the quick one is sent", func() bool { return o.get(id).State == Sent })
	}
	if n := slow.tries(); n != atOnce+5 {
		t.Errorf("%d tries", n)
	}
}

func TestASlowAppGetsOneCallAtATime(t *testing.T) {
	a := newApart(time.Second)
	now := time.Now()
	if a.begin("https://a.test/x", now) != 0 {
		t.Fatal("the first is put off")
	}
	a.end("https://a.test/x", slowTime, nil, now)
	if a.begin("https://a.test/y", now) != 0 {
		t.Error("one is put off")
	}
	if wait := a.begin("https://a.test/x", now); wait < time.Second {
		t.Errorf("a second one goes after %v", wait)
	}
	if a.begin("https://b.test/x", now) != 0 {
		t.Error("another host waits for it")
	}
	a.end("https://a.test/y", 0, nil, now)
	for range atOnce {
		if a.begin("https://a.test/y", now) != 0 {
			t.Error("it is quick again, and still slow")
		}
	}
	for range atOnce {
		a.leave("https://a.test/y")
	}
	a.end("https://b.test/x", 0, nil, now)
	if len(a.hosts) != 0 {
		t.Errorf("%d hosts are remembered", len(a.hosts))
	}
}

// Log deliveries go to names that are no address (arn:aws:logs:…): each is a
// side of its own.
func TestALogThatIsDownHoldsUpNoOther(t *testing.T) {
	a := newApart(time.Second)
	now := time.Now()
	if a.begin("arn:aws:logs:eu-west-1:1:log-group:/down", now) != 0 {
		t.Fatal("the first is put off")
	}
	a.end("arn:aws:logs:eu-west-1:1:log-group:/down", 0, errors.New("503"), now)
	if a.begin("arn:aws:logs:eu-west-1:1:log-group:/down", now) == 0 {
		t.Error("one that is down is asked again at once")
	}
	if a.begin("arn:aws:logs:eu-west-1:1:log-group:/up", now) != 0 {
		t.Error("another log waits for it")
	}
}

func TestWhileAnAppIsDownOneCallAsksForAll(t *testing.T) {
	o := newOffice(t)
	down := &hand{give: func(Content) error { return errors.New("503") }}
	s := o.appSender(down)
	s.first = time.Minute
	first := o.call("https://down.example.test/logout", nil)
	stop := o.run(s)
	until(t, "the first is tried", func() bool { m := o.get(first); return m.Attempts == 1 && m.Claim == "" })
	var later []string
	for range 5 {
		later = append(later, o.call("https://down.example.test/logout", nil))
	}
	s.Wake()
	for _, id := range later {
		until(t, "it is put off", func() bool { return time.Until(o.get(id).NextTry) > 30*time.Second })
		if m := o.get(id); m.Attempts != 0 {
			t.Errorf("%+v", m)
		}
	}
	if err := s.Retry(t.Context(), later[0]); err != nil {
		t.Fatal(err)
	}
	until(t, "a retry by hand asks again", func() bool { return o.get(later[0]).Attempts == 1 })
	stop()
	if down.tries() != 2 {
		t.Errorf("%d tries", down.tries())
	}
}

func TestAnAppIsTriedForADay(t *testing.T) {
	o := newOffice(t)
	old := o.call("https://a.example.test/", func(m *Message) { m.Since = m.Since.Add(-appPatience) })
	young := o.call("https://b.example.test/", func(m *Message) { m.Since = m.Since.Add(-appPatience + time.Hour) })
	o.run(o.appSender(&hand{give: func(Content) error { return errors.New("503") }}))
	until(t, "it is stuck", func() bool { return o.get(old).State == Stuck })
	until(t, "the other is tried", func() bool { return o.get(young).Attempts > 0 && o.get(young).Claim == "" })
	if o.get(young).State != Waiting {
		t.Error("an hour was left")
	}
}

func TestTwoNodesCallEachAppOnce(t *testing.T) {
	o := newOffice(t)
	const calls = 40
	var ids []string
	for i := range calls {
		ids = append(ids, o.call(fmt.Sprintf("https://app%d.example.test/", i%5), nil))
	}
	one, two := &hand{give: func(Content) error { return nil }}, &hand{give: func(Content) error { return nil }}
	o.run(o.appSender(one))
	o.run(o.appSender(two))
	for _, id := range ids {
		until(t, "it is sent", func() bool { return o.get(id).State == Sent })
	}
	if n := one.tries() + two.tries(); n != calls {
		t.Errorf("%d tries of %d calls", n, calls)
	}
}

func TestCallsThatAreStuckGoInTheEnd(t *testing.T) {
	o := newOffice(t)
	id := o.call("https://a.example.test/", func(m *Message) { m.CreatedAt = m.CreatedAt.Add(-time.Hour) })
	mail := o.put("ann@example.test", func(m *Message) { m.CreatedAt = m.CreatedAt.Add(-time.Hour) })
	err := o.store.Update(t.Context(), func(w storage.Writer) error {
		for _, one := range []string{id, mail} {
			m, err := messages.Get(w, one)
			if err != nil {
				return err
			}
			m.State = Stuck
			if err := messages.Put(w, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Sweep(t.Context(), o.store, time.Now().Add(-time.Minute)); n != 1 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if o.get(mail).State != Stuck {
		t.Error("a mail that is stuck is gone")
	}
}

// TestAnAppThatDoesNotTakeItsOwnTokenIsNotCalledAgain: CIBA §10.2.
func TestAnAppThatDoesNotTakeItsOwnTokenIsNotCalledAgain(t *testing.T) {
	for _, status := range []int{401, 403} {
		address, _ := app(t, status)
		for token, permanent := range map[string]bool{"Bearer t": true, "": false} {
			header := map[string]string{}
			if token != "" {
				header["Authorization"] = token
			}
			err := guarded("127.0.0.0/8").Send(t.Context(), Content{To: address, Text: "{}", Header: header})
			if errors.As(err, new(*PermanentError)) != permanent || err == nil {
				t.Errorf("%d with %q: %v", status, token, err)
			}
		}
	}
}
