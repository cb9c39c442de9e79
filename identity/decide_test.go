package identity

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A walk plays one person against decide: random account, random factors,
// right and wrong answers. The model beside it knows only what was truly proven.
type walk struct {
	facts  facts
	proven []Factor // the model's own record
	random *rand.Rand
}

const testFactor = Factor("TEST_SECOND")

func newWalk(r *rand.Rand) *walk {
	w := &walk{random: r, facts: facts{
		Known:            r.IntN(8) > 0,
		Disabled:         r.IntN(8) == 0,
		Status:           []Status{Unconfirmed, Confirmed, ForceChangePassword, ResetRequired, ExternalProvider, "UNKNOWN"}[r.IntN(6)],
		Required:         [][]Factor{{FactorPassword}, {FactorPassword, testFactor}, {testFactor, FactorPassword}, {testFactor}, nil}[r.IntN(5)],
		Confirmable:      r.IntN(2) == 0,
		TemporaryExpired: r.IntN(4) == 0,
	}}
	return w
}

// reply plays an answer to what was asked and applies what an answer changes.
func (w *walk) reply(ask ChallengeName) {
	right := w.random.IntN(4) > 0 && w.facts.Known
	if !right {
		return
	}
	switch ask {
	case AskNewPassword, AskConfirmSignUp:
		w.facts.Status = Confirmed
	default:
		i := slices.IndexFunc(w.facts.Required, func(f Factor) bool { return asks[f] == ask })
		w.facts.Proven = append(w.facts.Proven, w.facts.Required[i])
		w.proven = append(w.proven, w.facts.Required[i])
	}
	if w.random.IntN(20) == 0 {
		w.facts.Disabled = true // an administrator acts in between
	}
}

// run walks until the door opens or shuts, or the person gives up.
func (w *walk) run() (verdict, int) {
	var v verdict
	for steps := range 40 {
		v = decide(w.facts)
		if v.Ask == "" {
			return v, steps
		}
		w.reply(v.Ask)
	}
	return v, 40
}

func TestNoWalkReachesASessionWithoutItsFactors(t *testing.T) {
	asks[testFactor] = "TEST_CHALLENGE"
	defer delete(asks, testFactor)
	r := rand.New(rand.NewPCG(7, 11))
	seen := map[string]int{}
	for range 200_000 {
		w := newWalk(r)
		began := w.facts
		v, _ := w.run()
		holdVerdict(t, began, w, v)
		seen[outcome(v)]++
	}
	for _, want := range []string{"done", "ask", string(IncorrectPassword), string(UserNotConfirmed), string(PasswordResetNeeded), string(PasswordExpired), string(InvalidState)} {
		if seen[want] == 0 {
			t.Errorf("no walk ended in %s; the test does not reach it", want)
		}
	}
}

func outcome(v verdict) string {
	switch {
	case v.Done:
		return "done"
	case v.Ask != "":
		return "ask"
	}
	return string(v.Refuse)
}

func holdVerdict(t *testing.T, began facts, w *walk, v verdict) {
	t.Helper()
	set := 0
	for _, is := range []bool{v.Done, v.Ask != "", v.Refuse != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		t.Fatalf("decide(%+v) = %+v, want exactly one of ask, refuse, done", w.facts, v)
	}
	all := len(began.Required) > 0
	for _, f := range began.Required {
		all = all && slices.Contains(w.proven, f)
	}
	if v.Done && (!all || !began.Known || w.facts.Disabled || w.facts.Status != Confirmed) {
		t.Fatalf("let in from %+v with proven %v, now %+v", began, w.proven, w.facts)
	}
	if v.Refuse != "" && v.Refuse != IncorrectPassword && !all {
		t.Fatalf("refused with %s before all factors were proven: the account's state shows", v.Refuse)
	}
}

func TestBeforeTheFactorsAreProvenEveryAccountLooksTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 10_000 {
		f := newWalk(r).facts
		f.Required = []Factor{FactorPassword}
		if v := decide(f); v != (verdict{Ask: AskPassword}) {
			t.Fatalf("decide(%+v) = %+v, want the password asked", f, v)
		}
	}
}

func TestAPersonWithRightAnswersIsNeverStuck(t *testing.T) {
	asks[testFactor] = "TEST_CHALLENGE"
	defer delete(asks, testFactor)
	wayOut := map[Code]bool{ // each has its page: confirm by an administrator, reset, a new invitation
		UserNotConfirmed: true, PasswordResetNeeded: true, PasswordExpired: true,
	}
	r := rand.New(rand.NewPCG(13, 17))
	for range 50_000 {
		w := newWalk(r)
		w.facts.Known, w.facts.Disabled = true, false
		if len(w.facts.Required) == 0 || w.facts.Status == "UNKNOWN" || w.facts.Status == ExternalProvider {
			continue
		}
		v, steps := w.run()
		if v.Ask != "" && steps >= 40 {
			t.Fatalf("still asked %s after %d steps: %+v", v.Ask, steps, w.facts)
		}
		if v.Refuse != "" && !wayOut[v.Refuse] && !w.facts.Disabled {
			t.Fatalf("refused with %s, from which no way leads out: %+v", v.Refuse, w.facts)
		}
	}
}
