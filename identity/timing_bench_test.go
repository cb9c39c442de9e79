package identity

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/password"
)

// timed is one thing to do for one kind of person; the first of a list is what
// the others are held against.
type timed struct {
	who string
	do  func(i int) error
}

// samples is how often each kind is measured, in turns with the others.
const samples = 400

// BenchmarkTiming holds the time of an answer about a known person against that
// about an unknown one, with the hash that a server uses by default. It prints
// both medians and Welch's t: beyond 10, with medians more than 5 % apart, an
// attacker can tell the two.
func BenchmarkTiming(b *testing.B) {
	k := newFactorKit(b, ways(FactorPassword, FactorEmailCode))
	k.core.RateLimits = false
	k.core.Passwords = password.NewHasher(password.Options{})
	ann, off := k.person("ann@example.test"), k.person("off@example.test")
	k.change(off.User, func(u *User) { u.Disabled = true })
	waiting := k.person("waiting@example.test")
	k.change(waiting.User, func(u *User) { u.Status = Unconfirmed })
	compare(b, "sign-in", k.signInKinds(ann, off, waiting))
	compare(b, "mailed-code", []timed{{"unknown", k.timedCode("nobody@example.test")}, {"known", k.timedCode(ann.email)}, {"disabled", k.timedCode(off.email)}})
	compare(b, "sign-up", []timed{{"new", func(i int) error {
		return second(k.trySignUp(fmt.Sprintf("new-%d@example.test", i), goodWord, nil))
	}}, {"taken", func(int) error { return second(k.trySignUp(ann.email, goodWord, nil)) }}})
	asking := func(name string) func(int) error { return func(int) error { return second(k.forgot(name)) } }
	compare(b, "forgot", []timed{{"unknown", asking("nobody@example.test")}, {"known", asking(ann.email)}, {"disabled", asking(off.email)}, {"unconfirmed", asking(waiting.email)}})
	again := func(name string) func(int) error {
		return func(int) error {
			return second(k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: name}))
		}
	}
	compare(b, "resend", []timed{{"unknown", again("nobody@example.test")}, {"unconfirmed", again(waiting.email)}, {"confirmed", again(ann.email)}, {"disabled", again(off.email)}})
	k.core.RateLimits = true
	compare(b, "backed-off", []timed{{"unknown", k.timedLocked("nobody@example.test")}, {"known", k.timedLocked(ann.email)}})
}

func (k *kit) signInKinds(ann, off, waiting *person) []timed {
	try := func(name, word string) func(int) error {
		step := k.start(name, FactorPassword, testChannel, Origin{})
		return func(int) error { return second(k.respond(step, PasswordAnswer{word}, Origin{})) }
	}
	k.core.Passwords = password.NewHasher(password.Options{})
	for _, p := range []*person{ann, off, waiting} {
		k.newPassword(p)
	}
	return []timed{
		{"unknown", try("nobody@example.test", goodWord)}, {"wrong", try(ann.email, goodWord)},
		{"disabled-wrong", try(off.email, goodWord)}, {"disabled-right", try(off.email, otherWord)}, {"unconfirmed-wrong", try(waiting.email, goodWord)},
	}
}

func (k *kit) timedCode(name string) func(int) error {
	return func(int) error {
		return second(k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Prefer: FactorEmailCode}))
	}
}

func (k *kit) timedLocked(name string) func(int) error {
	step := k.start(name, FactorPassword, testChannel, Origin{})
	for range 20 {
		k.respond(step, PasswordAnswer{"wrong"}, Origin{})
	}
	return func(int) error { return second(k.respond(step, PasswordAnswer{"wrong"}, Origin{})) }
}

// compare measures the kinds in turns and prints each beside the first.
func compare(b *testing.B, what string, kinds []timed) {
	b.Helper()
	took := make([][]float64, len(kinds))
	for i := range samples {
		for j := range kinds { // each kind is as often first as last
			at := (i + j) % len(kinds)
			began := time.Now()
			err := kinds[at].do(i)
			took[at] = append(took[at], float64(time.Since(began).Microseconds()))
			if err != nil && codeOf(err) == "" {
				b.Fatalf("%s of %s: %v", what, kinds[at].who, err)
			}
		}
	}
	for i := range took {
		slices.Sort(took[i])
		took[i] = took[i][:samples*95/100] // what the machine did beside
	}
	for i, kind := range kinds[1:] {
		b.Run(what+"/"+kind.who, func(b *testing.B) {
			for b.Loop() {
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(welch(took[i+1], took[0]), "t")
			b.ReportMetric(median(took[i+1]), "µs")
			b.ReportMetric(median(took[0]), "µs-"+kinds[0].who)
			b.ReportMetric(samples, "n")
		})
	}
}

func median(sorted []float64) float64 { return sorted[len(sorted)/2] }

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
