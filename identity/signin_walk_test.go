package identity

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// A journey is one sign-in over the running core: pool, person and answers are
// drawn at random. Beside it stands a model that knows only which right answers
// were given, and reads the settings by its own rules.
type journey struct {
	*kit
	random   *rand.Rand
	ann, bob *person
	who      *person // whose account the attempt is by now
	word     string  // ann's password
	setBy    medium  // it was set by this alone, and is one factor with it
	browser  string
	approved bool // the link of this attempt was followed elsewhere
	known    bool // the browser has proven two factors before
	proven   []Factor
	verified bool // a passkey with user verification is among them
	settings journeySettings
	trail    []string
}

// journeySettings is what the model reads.
type journeySettings struct {
	ways, kinds []Factor
	demanded    bool
	both        bool // a passkey that verified its user is two factors
	lax         bool // and it need not
}

func (j *journey) chance(n int) bool { return j.random.IntN(n) == 0 }

func newJourney(t *testing.T, r *rand.Rand) *journey {
	j := &journey{random: r, word: goodWord}
	j.kit = newFactorKit(t)
	j.core.RateLimits = false
	j.drawPool()
	j.ann, j.bob = j.draw("ann@example.test"), j.draw("bob@example.test")
	j.who = j.ann
	j.drawStatus()
	if j.chance(3) && j.settings.both && len(j.ann.secret) > 0 && j.ann.Status == Confirmed && slices.Contains(j.settings.ways, FactorPassword) {
		j.getKnown()
	}
	return j
}

// drawPool draws the settings of pool and client.
func (j *journey) drawPool() {
	s := &j.settings
	if s.ways = pick(j.random, someWays); len(s.ways) == 0 {
		s.ways = []Factor{FactorPassword, FactorPasskey}
	}
	s.kinds = pick(j.random, someSeconds)
	if !slices.Contains(s.kinds, FactorPasskey) {
		s.kinds = append(s.kinds, FactorPasskey) // a pool that stands under a name has them
	}
	s.both = !j.chance(3)
	mode := []string{mfaOff, mfaOptional, mfaOptional, mfaOn}[j.random.IntN(4)]
	if mode == mfaOff {
		s.kinds = nil
	}
	s.demanded = mode == mfaOn
	j.pool(func(p *Pool) {
		has := func(f Factor) *bool { on := slices.Contains(s.kinds, f); return &on }
		p.MFAConfiguration, p.Policies.SignInPolicy.AllowedFirstAuthFactors = mode, slices.Clone(s.ways)
		p.SoftwareTokenMFA.Enabled, p.SMSMFA.Enabled, p.EmailMFA.Enabled = has(FactorTOTP), has(FactorSMS), has(FactorEmail)
		if s.lax = j.chance(2); s.lax {
			p.WebAuthn.UserVerification = "preferred"
		}
		if !s.both {
			p.WebAuthn.FactorConfiguration = singleFactor
		}
		if j.chance(2) {
			p.Devices = &DeviceConfiguration{ChallengeRequiredOnNewDevice: true}
		}
		if j.chance(3) {
			p.AddOns.AdvancedSecurityMode = "ENFORCED"
			act := func() RiskAction {
				return RiskAction{EventAction: []string{riskNoAction, riskMFA, riskMFAIfConfigured, riskBlock}[j.random.IntN(4)]}
			}
			p.Risk.AccountTakeover.Actions = RiskActions{Low: act(), Medium: act(), High: act()}
		}
	})
	if slices.Equal(s.ways, []Factor{FactorPasskey}) {
		s.ways = append(s.ways, FactorEmailCode, FactorSMSCode)
	}
	if mode == mfaOptional && j.chance(4) {
		j.client(func(c *Client) { c.MFAConfiguration = mfaOn })
		s.demanded = true
	}
}

// draw makes a person with some of everything.
func (j *journey) draw(email string) *person {
	p := j.person(email)
	if j.chance(2) {
		p.withPhone(fmt.Sprintf("+49151%07d", j.random.IntN(10_000_000)))
	}
	if j.chance(2) {
		p.withApp()
	}
	if j.chance(2) {
		p.withKey()
	}
	if j.chance(3) {
		p.withRecovery()
	}
	p.enable(pick(j.random, []Factor{FactorSMS, FactorEmail, FactorPasskey})...)
	if j.chance(3) {
		p.prefer(someSeconds[j.random.IntN(len(someSeconds))])
	}
	return p
}

func (j *journey) drawStatus() {
	j.ann.Status = []Status{Confirmed, Confirmed, Confirmed, Confirmed, Unconfirmed, ForceChangePassword, ResetRequired}[j.random.IntN(7)]
	if j.ann.Status == Unconfirmed { // nobody has been in there to set anything up
		j.ann.secret, j.ann.codes, j.ann.key = nil, nil, nil
		j.update(func(w storage.Writer) error { return removeFactors(w, &j.ann.User) })
	}
	j.change(j.ann.User, func(u *User) {
		if u.Status = j.ann.Status; u.Status == Unconfirmed {
			u.MFA = MFA{}
		}
	})
	if j.ann.Status == Confirmed && j.chance(5) {
		j.setBy = mediumMailbox
	}
	j.update(func(w storage.Writer) error {
		past := SignInEvent{PoolID: testPool, UserID: j.ann.ID, ID: "past", At: j.clock().Add(-time.Hour), Response: eventPass, Address: "192.0.2.1"}
		if err := signInEvents.Insert(w, past); err != nil || j.setBy == "" {
			return err
		}
		cred, err := j.core.passwordOf(w, j.ann.User)
		cred.ResetBy = attrEmail
		return either(nil, cmpErr(err, credentials.Put(w, cred)))
	})
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// getKnown lets the browser prove two factors of ann's, whatever the pool asks.
func (j *journey) getKnown() {
	j.browser = otp.NewToken()
	j.known = true
	j.update(func(w storage.Writer) error {
		return knownBrowsers.Put(w, Device{PoolID: testPool, UserID: j.ann.ID, Hash: hashOf(j.browser), ID: "d", RememberedAt: j.clock(), LastSeen: j.clock()})
	})
}

func (j *journey) origin() Origin {
	o := j.kit.origin(byte(1 + j.random.IntN(200)))
	o.Browser = j.browser
	return o
}

// newest is the newest code of a kind of message.
func (j *journey) newest(to string, ofKinds ...string) string {
	for _, m := range slices.Backward(j.mails(to)) {
		if slices.Contains(ofKinds, m.Kind) && m.code() != "" {
			return m.code()
		}
	}
	return "000000"
}

// right answers the challenge with what the person has; nil when they have not.
func (j *journey) right(ch *Challenge) Answer {
	p := j.who
	if attributeOf(Factor(ch.Name)) == attrPhone && p.phone == "" {
		return nil
	}
	switch ch.Name {
	case AskPassword:
		return PasswordAnswer{j.wordOf(p)}
	case AskNewPassword:
		return NewPasswordAnswer{Password: fmt.Sprintf("%s-%d", otherWord, j.random.IntN(1000))}
	case AskConfirmSignUp:
		return ConfirmAnswer{j.newest(p.email, message.SignUp, message.ResendCode)}
	case AskEmailCode:
		return CodeAnswer{FactorEmailCode, j.newest(p.email, message.SignInCode)}
	case AskSMSCode:
		return CodeAnswer{FactorSMSCode, j.newest(p.phone, message.SignInCode)}
	case AskEmail:
		return CodeAnswer{FactorEmail, j.newest(p.email, message.MFACode)}
	case AskSMS:
		return CodeAnswer{FactorSMS, j.newest(p.phone, message.MFACode)}
	case AskTOTP:
		j.wait(time.Minute)
		return CodeAnswer{FactorTOTP, p.shown()}
	case AskRecovery:
		return j.rightRecovery(p)
	case AskPasskey:
		return j.rightKey(p, ch)
	case AskSetUp:
		return j.rightSetUp(p, ch.SetUp)
	}
	return nil
}

func (j *journey) rightRecovery(p *person) Answer {
	if len(p.codes) == 0 {
		return nil
	}
	code := p.codes[0]
	p.codes = p.codes[1:]
	return CodeAnswer{FactorRecovery, code}
}

func (j *journey) wordOf(p *person) string {
	if p == j.ann {
		return j.word
	}
	return goodWord
}

func (j *journey) rightKey(p *person, ch *Challenge) Answer {
	if p.key == nil {
		return nil
	}
	if j.settings.lax && j.chance(2) {
		return keyAnswer{PasskeyAnswer{p.key.get(ch.Passkey, unverified)}, p, false}
	}
	return keyAnswer{PasskeyAnswer{p.key.get(ch.Passkey)}, p, true}
}

// keyAnswer remembers whose passkey answered, and how.
type keyAnswer struct {
	PasskeyAnswer
	of       *person
	verified bool
}

func (j *journey) rightSetUp(p *person, up *SetUp) Answer {
	if up == nil {
		return nil
	}
	a := SetUpAnswer{Factor: up.Factor}
	switch up.Factor {
	case FactorTOTP:
		p.secret = secretOf(j.TB, up.Secret)
		a.Code = p.shown()
	case FactorPasskey:
		p.key = j.newKey()
		a.Credential = p.key.create(up.Passkey)
	case FactorEmail:
		a.Code = j.newest(p.email, message.MFACode)
	case FactorSMS:
		if up.NeedsAddress {
			return nil
		}
		a.Code = j.newest(p.phone, message.MFACode)
	}
	return a
}
