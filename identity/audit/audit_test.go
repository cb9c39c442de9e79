package audit

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, s storage.Store, all ...Event) {
	t.Helper()
	err := s.Update(t.Context(), func(w storage.Writer) error {
		for _, e := range all {
			if err := Write(w, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, s storage.Store, f Filter) []Event {
	t.Helper()
	var found []Event
	err := s.View(t.Context(), func(r storage.Reader) (err error) {
		found, err = List(r, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func actions(all []Event) string {
	var names []string
	for _, e := range all {
		names = append(names, e.Action)
	}
	return strings.Join(names, " ")
}

// days writes n events, one a day, named d0, d1, …; every second one is bob's.
func days(t *testing.T, s storage.Store, n int) {
	t.Helper()
	for i := range n {
		user := "ann"
		if i%2 == 1 {
			user = "bob"
		}
		write(t, s, Event{At: noon.AddDate(0, 0, i), Pool: "main_1", User: user, Action: fmt.Sprintf("d%d", i), Outcome: OK})
	}
}

func TestAnEventComesBackWhole(t *testing.T) {
	s := memory.Open()
	want := Event{
		At: noon, Pool: "main_1", Client: "web", User: "ann", Session: "s1", Action: "sign_in", Outcome: Refused, Reason: "incorrect_password",
		Address: "192.0.2.1", UserAgent: "Firefox", Request: "r1", Detail: map[string]string{"factor": "totp"},
	}
	write(t, s, want)
	got := list(t, s, Filter{Pool: "main_1"})
	if len(got) != 1 || got[0].ID == "" {
		t.Fatalf("%+v", got)
	}
	want.ID = got[0].ID
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
}

func TestEventsAreListedNewestFirst(t *testing.T) {
	s := memory.Open()
	days(t, s, 5)
	write(t, s, Event{At: noon, Pool: "other_1", User: "ann", Action: "elsewhere", Outcome: OK})
	write(t, s, Event{At: noon.Add(time.Hour), Pool: "main_1", Action: "nobody", Outcome: OK})
	for f, want := range map[Filter]string{
		{Pool: "main_1"}:                              "d4 d3 d2 d1 nobody d0",
		{Pool: "main_1", User: "ann"}:                 "d4 d2 d0",
		{Pool: "main_1", User: "an"}:                  "",
		{Pool: "main_1", User: "bob", Action: "d1"}:   "d1",
		{Pool: "main_1", Action: "nobody", Limit: 1}:  "nobody",
		{Pool: "main_1", Limit: 2}:                    "d4 d3",
		{Pool: "other_1"}:                             "elsewhere",
		{Pool: "other_1", User: "bob", Action: "any"}: "",
	} {
		if got := actions(list(t, s, f)); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}

func TestPagesFollowOneAnother(t *testing.T) {
	s := memory.Open()
	days(t, s, 7)
	for user, want := range map[string]string{"": "d6 d5 d4 d3 d2 d1 d0", "ann": "d6 d4 d2 d0"} {
		var all []Event
		f := Filter{Pool: "main_1", User: user, Limit: 3}
		for {
			page := list(t, s, f)
			all = append(all, page...)
			if len(page) < f.Limit {
				break
			}
			f.After = page[len(page)-1].ID
		}
		if got := actions(all); got != want {
			t.Errorf("%q: %q, want %q", user, got, want)
		}
	}
}

func TestASecretIsNotKept(t *testing.T) {
	for _, name := range []string{"password", "NewPassword", "client_secret", "refresh_token", "code", "link", "cookie"} {
		err := memory.Open().Update(t.Context(), func(w storage.Writer) error {
			return Write(w, Event{At: noon, Pool: "main_1", Action: "x", Detail: map[string]string{name: "canary"}})
		})
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatCameFromOutsideIsShortenedBetweenCharacters(t *testing.T) {
	s := memory.Open()
	write(t, s, Event{
		At: noon, Pool: "main_1", User: "ann\xff", Action: "x", UserAgent: strings.Repeat("x", longest-1) + "é",
		Detail: map[string]string{"n": strings.Repeat("y", 5000)},
	})
	got := list(t, s, Filter{Pool: "main_1"})[0]
	if got.User != "ann\uFFFD" || len(got.UserAgent) != longest-1 || len(got.Detail["n"]) != longest {
		t.Errorf("%q, %d, %d", got.User, len(got.UserAgent), len(got.Detail["n"]))
	}
}

func TestAnEventNeedsATimeAndAnAction(t *testing.T) {
	for _, e := range []Event{{Pool: "main_1", Action: "x"}, {Pool: "main_1", At: noon}} {
		err := memory.Open().Update(t.Context(), func(w storage.Writer) error { return Write(w, e) })
		if err == nil {
			t.Errorf("%+v is kept", e)
		}
	}
}

func TestAnEventGoesWithItsTransaction(t *testing.T) {
	s, stop := memory.Open(), errors.New("stop")
	err := s.Update(t.Context(), func(w storage.Writer) error {
		if err := Write(w, Event{At: noon, Pool: "main_1", Action: "x"}); err != nil {
			t.Error(err)
		}
		return stop
	})
	if !errors.Is(err, stop) || len(list(t, s, Filter{Pool: "main_1"})) != 0 {
		t.Errorf("%v, and an event of what never happened", err)
	}
}

func TestOldEventsAreSwept(t *testing.T) {
	s := memory.Open()
	var old []Event
	for i := range 1000 + 20 {
		old = append(old, Event{At: noon.Add(time.Duration(i) * time.Second), Pool: "main_1", User: "ann", Action: "old", Outcome: OK})
	}
	write(t, s, old...)
	write(t, s, Event{At: noon.Add(time.Hour), Pool: "main_1", User: "ann", Action: "kept", Outcome: OK})
	removed, err := Sweep(t.Context(), s, noon.Add(time.Hour))
	if removed != 1000+20 || err != nil {
		t.Errorf("%d removed, %v", removed, err)
	}
	if got := actions(list(t, s, Filter{Pool: "main_1", User: "ann"})); got != "kept" {
		t.Errorf("left: %q", got)
	}
}
