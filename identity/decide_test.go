package identity

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// A walk plays one person against decide: random policies, possessions, devices
// and answers. The model beside it knows only what was truly proven, and says by
// its own rules whether that is enough.
type walk struct {
	facts  facts
	proven []Factor // the model's own record
	gone   []Factor // what the person has lost
	device bool     // its password was right
	random *rand.Rand
}

var (
	someWays    = []Factor{FactorPassword, FactorEmailCode, FactorSMSCode, FactorPasskey}
	someSeconds = []Factor{FactorTOTP, FactorPasskey, FactorSMS, FactorEmail}
)

func pick(r *rand.Rand, from []Factor) []Factor {
	var some []Factor
	for _, f := range from {
		if r.IntN(2) == 0 {
			some = append(some, f)
		}
	}
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	return some
}

func newWalk(r *rand.Rand) *walk {
	chance := func(n int) bool { return r.IntN(n) == 0 }
	f := facts{
		Known: !chance(8), Disabled: chance(8), Confirmable: chance(2), TemporaryExpired: chance(4),
		Status: []Status{Unconfirmed, Confirmed, Confirmed, ForceChangePassword, ResetRequired, ExternalProvider, "UNKNOWN"}[r.IntN(7)],
		Firsts: pick(r, someWays), Seconds: pick(r, someSeconds), Fallbacks: pick(r, []Factor{FactorEmail, FactorSMS}),
		SetUps: pick(r, someSeconds), Preferred: chance(2), Recovery: chance(2), Password: !chance(3), Required: chance(2),
		Risky: chance(5), Blocked: chance(12), Remembered: chance(4), VerifiedIsBoth: chance(2), DeviceUnknown: chance(20),
	}
	f.Device = !f.DeviceUnknown && chance(5)
	f.Active = len(f.Seconds) > 0 && chance(2)
	f.PasswordIsAWay = slices.Contains(f.Firsts, FactorPassword)
	f.SetUps = slices.DeleteFunc(f.SetUps, func(s Factor) bool { return slices.Contains(f.Seconds, s) })
	if chance(4) {
		f.Offered = filter(f.Firsts, func(Factor) bool { return chance(2) })
	}
	if chance(6) {
		f.ResetBy = []medium{mediumMailbox, mediumPhone, mediumPaper}[r.IntN(3)]
	}
	f.KeyMustBeMade = f.Known && !f.PasswordIsAWay && slices.Contains(f.Firsts, FactorPasskey) && chance(6)
	if chance(8) { // the triggers of the pool make the only way in
		f.Firsts, f.Offered = []Factor{FactorCustom}, nil
	}
	w := &walk{random: r}
	if f.Known && chance(6) { // whoever comes back from a provider has proven that already
		f.ElsewhereIsBoth, f.KeyMustBeMade = chance(2), false
		f.Firsts, f.Proven, w.proven = append(f.Firsts, FactorExternal), []Factor{FactorExternal}, []Factor{FactorExternal}
	}
	w.facts, w.gone = f, pick(r, []Factor{FactorTOTP, FactorPasskey, FactorSMS})
	w.askForLevels()
	return w
}

// reply plays an answer to what was asked and applies what an answer changes.
func (w *walk) reply(v verdict) {
	w.choose(v)
	if w.random.IntN(4) == 0 || !w.facts.Known {
		return // a wrong answer, or nobody there to be right
	}
	switch v.Ask {
	case AskSelect, AskSelectMFA:
	case AskNewPassword, AskConfirmSignUp:
		w.facts.Status = Confirmed
	case AskDevice:
		w.proveDevice()
	case AskSetUp:
		w.setUp(v.Options[w.random.IntN(len(v.Options))])
	default:
		w.prove(Factor(v.Ask))
	}
	w.facts.Disabled = w.facts.Disabled || w.random.IntN(40) == 0 // an administrator acts in between
	w.facts.Device = w.facts.Device && w.random.IntN(10) > 0      // and forgets the device
}

// choose picks something at random, mostly something that may be picked.
func (w *walk) choose(v verdict) {
	switch {
	case w.random.IntN(3) == 0:
		w.facts.Chosen = append(someWays, append(someSeconds, FactorRecovery)...)[w.random.IntN(9)]
	case len(v.Options) > 0 && w.random.IntN(3) > 0:
		w.facts.Chosen = v.Options[w.random.IntN(len(v.Options))]
	}
}

func (w *walk) prove(f Factor) {
	if slices.Contains(w.gone, f) {
		return
	}
	proof := []Factor{f}
	if f == FactorPasskey && w.random.IntN(2) == 0 {
		proof = append(proof, factorVerifiedPasskey)
	}
	w.facts.Proven = append(w.facts.Proven, proof...)
	w.proven = append(w.proven, proof...)
	w.facts.Chosen = ""
}

func (w *walk) proveDevice() {
	w.facts.Proven = append(w.facts.Proven, factorDevice)
	w.device = true
}

func (w *walk) setUp(f Factor) {
	w.gone = slices.DeleteFunc(w.gone, func(g Factor) bool { return g == f })
	w.facts.SetUps = slices.DeleteFunc(slices.Clone(w.facts.SetUps), func(s Factor) bool { return s == f })
	w.facts.Seconds = append(slices.Clone(w.facts.Seconds), f)
	w.facts.Climbs = append(slices.Clone(w.facts.Climbs), f)
	w.facts.KeyMustBeMade = w.facts.KeyMustBeMade && f != FactorPasskey
	w.facts.ResetBy = ""
	w.prove(f)
}

// run walks until the door opens or shuts, or the person gives up.
func (w *walk) run(t *testing.T) verdict {
	t.Helper()
	var v verdict
	for range 60 {
		if v = decide(w.facts); v.Ask == "" {
			return v
		}
		w.holdQuestion(t, v)
		w.reply(v)
	}
	return v
}

// holdQuestion says what may be asked of whom: only what the person may prove
// at this place, and nothing that proves the same medium twice.
func (w *walk) holdQuestion(t *testing.T, v verdict) {
	t.Helper()
	f := &w.facts
	for _, o := range v.Options {
		repeated := slices.ContainsFunc(f.Proven, func(p Factor) bool { return f.medium(p) == f.medium(o) })
		if !v.Second && !slices.Contains(f.Firsts, o) || v.Second && !f.KeyMustBeMade && (repeated || !f.mayAdd(o, v.Ask == AskSetUp)) {
			t.Fatalf("offered %s in %+v: %+v", o, v, *f)
		}
	}
	factor := Factor(v.Ask)
	if _, is := mediumOf[factor]; is && !slices.Contains(v.Options, factor) {
		t.Fatalf("asked %s, which may not be chosen: %+v", factor, *f)
	}
	if v.Ask == AskDevice && (!f.inFirst() || f.Risky || !f.Known || f.Disabled || f.Blocked || w.device) {
		t.Fatalf("asked for the device: %+v", *f)
	}
	if v.Ask == AskSetUp && !f.KeyMustBeMade && (f.Risky || f.ResetBy != "" && len(f.Seconds) > 0) {
		t.Fatalf("a set-up gets around the second factor: %+v", *f)
	}
}

// mayAdd says that the person may prove, or set up, this beside what is proven.
func (f *facts) mayAdd(o Factor, setUp bool) bool {
	if setUp {
		return o == FactorPasskey || slices.Contains(f.SetUps, o)
	}
	return slices.Contains(f.Seconds, o) || slices.Contains(f.Fallbacks, o) || len(f.Levels) > 0 && slices.Contains(f.Climbs, o) || f.Password && o == FactorPassword || f.Recovery && o == FactorRecovery
}

// enough is the model's own rule, written from the policy and not from decide.
func (w *walk) enough() bool {
	f, way := &w.facts, false
	var media []medium
	hold := func(m medium) {
		if !slices.Contains(media, m) {
			media = append(media, m)
		}
	}
	for _, p := range w.proven {
		way = way || slices.Contains(f.Firsts, p)
		switch {
		case p == FactorPassword && f.ResetBy != "":
			hold(f.ResetBy)
		case p != factorVerifiedPasskey:
			hold(mediumOf[p])
		}
	}
	if !way {
		return false
	}
	owes := f.Required || f.Active || f.Risky
	both := f.VerifiedIsBoth && slices.Contains(w.proven, factorVerifiedPasskey) ||
		f.ElsewhereIsBoth && slices.Contains(w.proven, FactorExternal)
	standsIn := f.Remembered || w.device && f.Device
	return !owes || both || standsIn && !f.Risky || len(media) >= 2
}

const walks = 1_000_000

func TestNoWalkReachesASessionWithoutItsFactors(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	seen := map[string]int{}
	for range walks {
		w := newWalk(r)
		began := w.facts
		v := w.run(t)
		holdVerdict(t, began, w, v)
		seen[outcome(v)]++
	}
	for _, want := range []string{
		"done", "ask", string(IncorrectPassword), string(UserNotConfirmed), string(PasswordResetNeeded), string(PasswordExpired),
		string(InvalidState), string(SignInBlocked), string(NoSecondFactor), string(ResourceNotFound),
		string(LevelOutOfReach),
	} {
		if seen[want] < walks/2000 {
			t.Errorf("%d walks ended in %s; the test hardly reaches it", seen[want], want)
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
	f := w.facts
	closed := !f.Known || f.Disabled || f.Blocked || f.KeyMustBeMade
	if v.Done && (closed || !w.enough() || !w.highEnough() || f.Status == Unconfirmed) {
		t.Fatalf("let in from %+v with proven %v, now %+v", began, w.proven, f)
	}
	inFirst := slices.ContainsFunc(w.proven, func(p Factor) bool { return slices.Contains(f.Firsts, p) })
	if v.Refuse != "" && v.Refuse != IncorrectPassword && !inFirst {
		t.Fatalf("refused with %s before a way in was proven: the account's state shows", v.Refuse)
	}
}

func TestBeforeAWayInIsProvenEveryAccountLooksTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 100_000 {
		f := newWalk(r).facts
		f.Offered = nil // a browser that knows the person may show more
		stranger := facts{Firsts: f.Firsts, Chosen: f.Chosen, Levels: f.Levels}
		if len(f.Proven) > 0 {
			continue // a provider has said who it is
		}
		if v, want := decide(f), decide(stranger); !reflect.DeepEqual(v, want) {
			t.Fatalf("decide(%+v) = %+v, a stranger gets %+v", f, v, want)
		}
	}
}

func TestAttackSecondFactorAsAWayIn(t *testing.T) {
	f := facts{Known: true, Status: Confirmed, Firsts: []Factor{FactorPassword}, Seconds: []Factor{FactorTOTP}, Proven: []Factor{FactorTOTP}}
	if v := decide(f); v.Ask != AskPassword || v.Second {
		t.Errorf("after an app's code alone: %+v, want the password", v)
	}
}

// wayOut names for each refusal what leads on from it.
var wayOut = map[Code]string{
	UserNotConfirmed:    "an administrator confirms",
	PasswordResetNeeded: "a reset by code",
	PasswordExpired:     "a new invitation",
	SignInBlocked:       "a known browser, or a reset by code",
	NoSecondFactor:      "an administrator resets the factors",
	LevelOutOfReach:     "the app asks for less, or the person sets a factor up",
	InvalidState:        "none: there is no such status",
	ResourceNotFound:    "the same answer without the device's key",
}

// stubborn answers everything rightly that the person has, and picks what they
// have when there is a choice.
func (w *walk) stubborn(v verdict) bool {
	have := func(f Factor) bool { return !slices.Contains(w.gone, f) }
	switch v.Ask {
	case AskNewPassword, AskConfirmSignUp:
		w.facts.Status = Confirmed
		return true
	case AskDevice:
		w.proveDevice()
		return true
	case AskSetUp:
		w.setUp(v.Options[0])
		return true
	}
	if f := Factor(v.Ask); v.Ask != AskSelect && v.Ask != AskSelectMFA && have(f) {
		w.prove(f)
		return true
	}
	i := slices.IndexFunc(v.Options, have)
	if i < 0 {
		return false
	}
	w.facts.Chosen = v.Options[i]
	return true
}

func TestAPersonWithRightAnswersIsNeverStuck(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 17))
	in := 0
	for range walks {
		w := newWalk(r)
		w.facts.Known, w.facts.Disabled = true, false
		if len(w.facts.Firsts) == 0 {
			continue
		}
		v := w.toTheEnd(t)
		if v.Refuse != "" && wayOut[v.Refuse] == "" {
			t.Fatalf("refused with %s, from which no way leads out: %+v", v.Refuse, w.facts)
		}
		if v.Done {
			in++
		}
	}
	if in < walks/4 {
		t.Errorf("only %d of %d got in; the test hardly reaches it", in, walks)
	}
}

// toTheEnd walks without a wrong answer. Whoever lost everything they are asked
// for may stop at the question: the page there names who can help.
func (w *walk) toTheEnd(t *testing.T) verdict {
	t.Helper()
	for range 12 {
		v := decide(w.facts)
		if v.Ask == "" {
			return v
		}
		if !w.stubborn(v) {
			lost := filter(v.Options, func(f Factor) bool { return !slices.Contains(w.gone, f) })
			if len(lost) > 0 {
				t.Fatalf("asked %+v, has %v and can't go on: %+v", v, lost, w.facts)
			}
			return v
		}
	}
	t.Fatalf("still asked after a dozen right answers: %+v", w.facts)
	return verdict{}
}
