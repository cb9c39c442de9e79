package bench

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// timed is one form to send for one kind of person; the first of a list is what
// the others are held against.
type timed struct {
	who string
	do  func(i int) (*kit.Page, error)
}

// samples is how often each kind is sent, in turns with the others.
const samples = 300

// BenchmarkTiming holds how long pages take for a known person against an
// unknown one, each answer committed to the disk. It prints both medians and
// Welch's t: beyond 10, with medians more than 5 % apart, an attacker can tell
// the two.
func BenchmarkTiming(b *testing.B) {
	s := kit.Start(b, quiet, func(m kit.Map) {
		pool := kit.PoolOf(m)
		pool["users"] = append(pool["users"].(kit.List), kit.Map{"username": "off@example.test", "password": kit.AnnPassword,
			"user_attributes": kit.Map{"email": "off@example.test", "email_verified": "true"}})
	})
	if out, code := s.Command(b, "user", "disable", "off@example.test"); code != 0 {
		b.Fatal(out)
	}
	compare(b, "sign-in page", []timed{
		{"unknown", signIn(b, s, "nobody@example.test", "wrong")}, {"wrong password", signIn(b, s, "ann@example.test", "wrong")},
		{"disabled, wrong", signIn(b, s, "off@example.test", "wrong")}, {"disabled, right", signIn(b, s, "off@example.test", kit.AnnPassword)},
	})
	compare(b, "forgot page", []timed{
		{"unknown", forgot(b, s, "nobody@example.test")}, {"known", forgot(b, s, "ann@example.test")}, {"disabled", forgot(b, s, "off@example.test")},
	})
	form := begin(b, s, "/signup")
	signUp := func(name string) (*kit.Page, error) {
		page, err := form.Send(kit.Fields{"username": name, "password": "plum orchard seven lantern"})
		if err == nil && !page.Has("code") {
			err = fmt.Errorf("status %d: %s", page.Status, page.Text())
		}
		return page, err
	}
	compare(b, "sign-up page", []timed{
		{"new", func(i int) (*kit.Page, error) { return signUp(fmt.Sprintf("new-%d@example.test", i)) }},
		{"taken", func(int) (*kit.Page, error) { return signUp("ann@example.test") }},
	})
	resend := func(name string) func(int) (*kit.Page, error) {
		page, err := signUp(name)
		if err != nil {
			b.Fatal(err)
		}
		return func(int) (*kit.Page, error) { return page.Press(b, "new code"), nil }
	}
	compare(b, "resend page", []timed{{"taken", resend("ann@example.test")}, {"new", resend("newest@example.test")}})
}

// begin opens the sign-in page, or another that it leads to.
func begin(b *testing.B, s *kit.Server, path string) *kit.Page {
	b.Helper()
	page := kit.NewClient().Open(b, s.App.URL+"/start")
	if path == "" {
		return page
	}
	next, err := page.Follow(path)
	if err != nil {
		b.Fatal(err)
	}
	return next
}

func signIn(b *testing.B, s *kit.Server, name, word string) func(int) (*kit.Page, error) {
	form := begin(b, s, "")
	return func(int) (*kit.Page, error) { return form.Send(kit.Fields{"username": name, "password": word}) }
}

func forgot(b *testing.B, s *kit.Server, name string) func(int) (*kit.Page, error) {
	form := begin(b, s, "/forgotPassword")
	return func(int) (*kit.Page, error) { return form.Send(kit.Fields{"username": name}) }
}

// compare sends the kinds in turns and adds each beside the first to the table.
func compare(b *testing.B, what string, kinds []timed) {
	b.Helper()
	took := make([][]float64, len(kinds))
	for i := range samples {
		for j := range kinds { // each kind is as often first as last
			at := (i + j) % len(kinds)
			began := time.Now()
			if _, err := kinds[at].do(i); err != nil {
				b.Fatalf("%s, %s: %v", what, kinds[at].who, err)
			}
			took[at] = append(took[at], ms(time.Since(began)))
		}
	}
	for i := range took {
		slices.Sort(took[i])
		took[i] = took[i][:samples*95/100] // what the machine did beside
	}
	for i, kind := range kinds[1:] {
		add(what+", "+kind.who, fmt.Sprintf("%.2f ms, t = %.1f of %d", middle(took[i+1]), welch(took[i+1], took[0]), samples),
			fmt.Sprintf("%.2f ms, %s", middle(took[0]), kinds[0].who), "t under 10, or medians within 5 %")
	}
}

func middle(sorted []float64) float64 { return sorted[len(sorted)/2] }

// welch answers the t-statistic of two samples whose variances differ.
func welch(a, b []float64) float64 {
	meanA, varA := moments(a)
	meanB, varB := moments(b)
	return (meanA - meanB) / math.Sqrt(varA/float64(len(a))+varB/float64(len(b)))
}

func moments(of []float64) (mean, variance float64) {
	for _, x := range of {
		mean += x / float64(len(of))
	}
	for _, x := range of {
		variance += (x - mean) * (x - mean) / float64(len(of)-1)
	}
	return mean, variance
}
