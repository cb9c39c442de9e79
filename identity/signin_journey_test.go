package identity

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

// any is a random move: right, wrong, somebody else's, or of another challenge.
func (j *journey) any(step Step) (Step, error) {
	ch := step.Challenge
	switch j.random.IntN(8) {
	case 0:
		return j.choose(step, append(someWays, append(someSeconds, FactorRecovery)...)[j.random.IntN(9)])
	case 1:
		return j.send(step, j.foreign(ch))
	case 2:
		kinds := []ChallengeName{AskPassword, AskEmailCode, AskSMSCode, AskTOTP, AskSMS, AskEmail, AskRecovery, AskConfirmSignUp}
		return j.send(step, j.right(&Challenge{Name: kinds[j.random.IntN(len(kinds))], Passkey: ch.Passkey}))
	case 3:
		return j.goesOn(step)
	case 4:
		if ch.Name == AskEmailCode && j.chance(2) {
			return j.byLink(step)
		}
	}
	return j.onwards(step)
}

// byLink follows the mailed link in another browser.
func (j *journey) byLink(step Step) (Step, error) {
	if len(j.mails(j.who.email)) == 0 {
		return step, nil
	}
	if _, err := j.approve(j.link(j.who.email), "browser-two"); err == nil {
		j.approved = true
	}
	return j.goesOn(step)
}

// goesOn goes on in the window that waits for a link to be followed.
func (j *journey) goesOn(step Step) (Step, error) {
	next, err := j.goOn(step)
	waited := j.approved && step.Challenge.Name == AskEmailCode
	if waited && err == nil && (next.Done != nil || next.Challenge.Name != AskEmailCode) {
		j.proven = append(j.proven, FactorEmailCode)
	}
	return next, err
}

// foreign is an answer that proves nothing, or that another person is there.
func (j *journey) foreign(ch *Challenge) Answer {
	switch f := Factor(ch.Name); {
	case ch.Name == AskPassword:
		return PasswordAnswer{otherWord}
	case ch.Name == AskPasskey && j.bob.key != nil:
		return j.rightKey(j.bob, ch)
	case f == FactorTOTP && len(j.bob.secret) > 0:
		return CodeAnswer{f, j.bob.shown()}
	}
	return CodeAnswer{Factor(ch.Name), "123456"}
}

// onwards answers rightly, or picks what the person has.
func (j *journey) onwards(step Step) (Step, error) {
	ch := step.Challenge
	if len(ch.Options) > 1 && (ch.Name == AskSelect || ch.Name == AskSelectMFA || j.chance(6)) || ch.Name == AskSetUp && ch.SetUp == nil {
		return j.pickOne(step)
	}
	answer := j.right(ch)
	if answer == nil {
		return j.pickOne(step)
	}
	return j.send(step, answer)
}

func (j *journey) pickOne(step Step) (Step, error) {
	var have []Option
	for _, o := range step.Challenge.Options {
		if j.has(o.Factor, step.Challenge.Name == AskSetUp) {
			have = append(have, o)
		}
	}
	if len(have) == 0 {
		return step, &Error{Code: "lost"}
	}
	pick := have[j.random.IntN(len(have))].Factor
	choice := Choice{Attempt: step.Attempt, Channel: testChannel, Factor: pick, Origin: j.origin()}
	if step.Challenge.Name == AskSetUp && pick == FactorSMS && j.who.phone == "" {
		j.who.phone = fmt.Sprintf("+49160%07d", j.random.IntN(10_000_000))
		choice.Address = j.who.phone
	}
	j.trail = append(j.trail, "choose "+string(pick))
	return j.signIn().Choose(j.Context(), choice)
}

func (j *journey) has(f Factor, toSetUp bool) bool {
	switch f {
	case FactorSMS, FactorSMSCode:
		return j.who.phone != "" || toSetUp
	case FactorTOTP:
		return len(j.who.secret) > 0 || toSetUp
	case FactorPasskey:
		return j.who.key != nil || toSetUp
	case FactorRecovery:
		return len(j.who.codes) > 0
	}
	return true
}

// send answers, and lets the model note what a right answer proves.
func (j *journey) send(step Step, answer Answer) (Step, error) {
	asked := step.Challenge.Name
	sent := answer
	k, byKey := answer.(keyAnswer)
	if byKey {
		sent = k.PasskeyAnswer
	}
	if sent == nil {
		return step, nil
	}
	j.trail = append(j.trail, fmt.Sprintf("%s: %T", asked, sent))
	next, err := j.reply(step, testChannel, sent, j.origin())
	if err == nil || next.Done != nil {
		j.note(asked, sent, k)
	}
	return next, err
}

// note believes an accepted answer only when it was a right one.
func (j *journey) note(asked ChallengeName, sent Answer, k keyAnswer) {
	switch a := sent.(type) {
	case PasswordAnswer:
		if a.Password == j.wordOf(j.who) {
			j.proven = append(j.proven, FactorPassword)
		}
	case NewPasswordAnswer:
		j.word, j.setBy = a.Password, ""
		if f := j.proven[0]; !slices.Contains(j.proven, FactorPassword) && attributeOf(f) != "" {
			j.setBy = mediumOf[f]
		}
	case CodeAnswer:
		if a.Code != "123456" && (j.bob == j.who || len(j.bob.secret) == 0 || a.Code != j.bob.shown()) {
			j.proven = append(j.proven, a.Factor)
		}
	case SetUpAnswer:
		j.proven = append(j.proven, a.Factor)
		j.verified = j.verified || a.Factor == FactorPasskey
	case PasskeyAnswer:
		if len(j.proven) == 0 {
			j.who = k.of
		}
		if j.who == k.of {
			j.proven = append(j.proven, FactorPasskey)
			j.verified = j.verified || k.verified
		}
	}
}

// mayEnter is the model's verdict on a session.
func (j *journey) mayEnter(done *SignedIn) string {
	u, event := j.stored(done.Auth.User())
	media := map[medium]bool{}
	way := false
	for _, f := range j.proven {
		way = way || slices.Contains(j.settings.ways, f)
		m := mediumOf[f]
		if f == FactorPassword && j.setBy != "" && j.who == j.ann {
			m = j.setBy
		}
		media[m] = true
	}
	kinds := filter(j.settings.kinds, func(f Factor) bool {
		return f == FactorTOTP && len(j.who.secret) > 0 || slices.Contains(u.MFA.Enabled, f) && (f == FactorEmail || f == FactorSMS && j.who.phone != "" || f == FactorPasskey && j.who.key != nil)
	})
	action := event.Risk.Action
	owes := j.settings.demanded || len(kinds) > 0 || action == riskMFA
	skips := j.known && j.who == j.ann && action != riskMFA && j.remembersDevices()
	switch {
	case u.ID != j.who.ID:
		return "it is somebody else's account"
	case u.Disabled || u.Status != Confirmed:
		return "the account is not open"
	case !way:
		return "no way in was proven"
	case action == riskBlock:
		return "it was blocked"
	case owes && !skips && len(media) < 2 && !(j.settings.both && j.verified):
		return "the second factor is missing"
	}
	return ""
}

func (j *journey) remembersDevices() (yes bool) {
	j.update(func(w storage.Writer) error {
		p, err := pools.Get(w, string(testPool))
		yes = p.Devices != nil
		return err
	})
	return yes
}

// stored answers the person and their newest sign-in.
func (j *journey) stored(id UserID) (u User, newest SignInEvent) {
	j.update(func(w storage.Writer) (err error) {
		if u, err = users.Get(w, string(testPool), string(id)); err != nil {
			return err
		}
		all, err := signInEvents.List(w, eventsOf(testPool, id))
		if len(all) > 0 {
			newest = all[0]
		}
		return err
	})
	return u, newest
}

func (j *journey) began() (Step, error) {
	prefer := append(someWays, "", FactorTOTP)[j.random.IntN(6)]
	return j.signIn().Begin(j.Context(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: j.ann.email, Prefer: prefer, Origin: j.origin()})
}

func (j *journey) String() string {
	return fmt.Sprintf("%+v; status %s, set by %q, known %t, app %t, phone %q, key %t, codes %d; proven %v; %s", j.settings, j.ann.Status, j.setBy,
		j.known, len(j.ann.secret) > 0, j.ann.phone, j.ann.key != nil, len(j.ann.codes), j.proven, strings.Join(j.trail, ", "))
}

const journeys = 1200

func TestNoJourneyReachesASessionWithoutItsFactors(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 23))
	in := 0
	for range journeys {
		j := newJourney(t, r)
		step, err := j.began()
		for range 25 {
			if step.Done != nil || step.Challenge == nil {
				break
			}
			if j.chance(60) {
				j.change(j.who.User, func(u *User) { u.Disabled = true })
			}
			next, failed := j.any(step)
			if codeOf(failed) == "" && failed != nil {
				t.Fatalf("a fault: %v after %v", failed, j)
			}
			if failed == nil {
				step = next
			}
			err = failed
		}
		if step.Done == nil {
			continue
		}
		in++
		if why := j.mayEnter(step.Done); why != "" {
			t.Fatalf("in although %s: %v (last %v)", why, j, err)
		}
	}
	if in < journeys/5 {
		t.Errorf("only %d of %d got in; the test hardly reaches it", in, journeys)
	}
}

func TestNobodyWithRightAnswersIsStuck(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 31))
	in := 0
	for range journeys {
		j := newJourney(t, r)
		step, err := j.began()
		for range 25 {
			if err != nil || step.Done != nil {
				break
			}
			step, err = j.onwards(step)
		}
		switch code := codeOf(err); {
		case step.Done != nil:
			in++
			if why := j.mayEnter(step.Done); why != "" {
				t.Fatalf("in although %s: %v", why, j)
			}
		case err == nil, wayOut[code] == "" && code != "lost":
			t.Fatalf("stuck with %v at %+v: %v", err, step.Challenge, j)
		}
	}
	if in < journeys/3 {
		t.Errorf("only %d of %d got in; the test hardly reaches it", in, journeys)
	}
}
