package factors

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"poolhouse.dev/test/kit"
)

// While many sign-ins fail from a network, browsers there do a little work
// before theirs is looked at; before that and elsewhere nobody notices. The work
// needs no click, and the right password still signs in.
func TestWorkUnderPressure(t *testing.T) {
	s := serve(t, nil, "calm@example.test")
	const name, work = "calm@example.test", `input[name="puzzle"]`
	if page := kit.NewClient().Open(t, s.App.URL+"/start"); page.Doc.Find(work).Length() > 0 {
		t.Fatal("the page asks for work although nothing has happened")
	}
	fail(t, s, 20)
	// A program that ignores the question gets no answer about the password.
	page := kit.NewClient().Open(t, s.App.URL+"/start")
	page.Submit(t, kit.Fields{"username": name, "password": kit.AnnPassword}).
		Want(t, http.StatusUnprocessableEntity, "There is one more check at the moment.")
	if page := kit.NewClientFrom("127.0.4.1").Open(t, s.App.URL+"/start"); page.Doc.Find(work).Length() > 0 {
		t.Error("a network where nothing has happened is asked for work, too")
	}
	b := browse(t, s)
	begin(t, s, b)
	b.Wait(t, "p.puzzle")
	b.Type(t, "username", name)
	b.Enter(t, "password", kit.AnnPassword)
	here(t, b, name)
}

// fail fails sign-ins all at once: nobody is refused for the others, so that
// they weigh together and the pressure lasts for most of a minute.
func fail(t *testing.T, s *kit.Server, times int) {
	t.Helper()
	pages := make([]*kit.Page, times)
	for i := range pages {
		pages[i] = kit.NewClient().Open(t, s.App.URL+"/start")
	}
	var all sync.WaitGroup
	for i, page := range pages {
		all.Go(func() {
			status := http.StatusServiceUnavailable // a busy server has looked at nothing
			for tries := 0; status == http.StatusServiceUnavailable && tries < 20; tries++ {
				answer, err := page.Send(kit.Fields{"username": fmt.Sprintf("nobody-%d@example.test", i), "password": "not the password"})
				if err != nil {
					t.Error(err)
					return
				}
				status = answer.Status
			}
		})
	}
	all.Wait()
}
