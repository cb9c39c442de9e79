package identity

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// sending is one code on its way, or the pretence of one.
type sending struct {
	Kind    string // of the message
	Cause   string // why it is sent, for triggers
	Purpose Purpose
	User    User    // a ghost when there is nobody
	To      address // zero: nobody is written to
	Shown   Delivery
	Flow    AttemptID // the attempt the code belongs to, for a code to sign in with
	NoLink  bool      // an app waits for the code: our page could not go on with the attempt
	Client  ClientID
	Action  string
	Origin  Origin
}

// Five messages an hour for one user and purpose (Cognito).
const (
	sendsAtOnce = 5
	sendEvery   = 12 * time.Minute
)

func sendsPerHour(p Purpose) Limit {
	return Limit{Name: "send_" + string(p), Burst: sendsAtOnce, Every: sendEvery, By: ByUser}
}

// sendCode makes a code and puts it into the outbox. Without an address the
// same is done but for the message, so that nothing tells the two apart.
func (c *Core) sendCode(w storage.Writer, op string, s sending) (Delivery, *Error, error) {
	key := codeKey{Pool: s.User.PoolID, User: s.User.ID, Purpose: s.Purpose, Flow: s.Flow}
	p, err := pools.Get(w, string(s.User.PoolID))
	if err != nil {
		return Delivery{}, nil, fmt.Errorf("pool: %w", err)
	}
	if failed, err := c.maySend(w, op, &p, &s); err != nil || failed != nil {
		return Delivery{}, failed, err
	}
	digits, link, err := c.issueCode(w, key, s.To)
	if err != nil {
		return Delivery{}, nil, err
	}
	if s.NoLink {
		link = ""
	}
	if s.To.Value == "" {
		if err := c.pretend(w, s, digits, link); err != nil {
			return Delivery{}, nil, err
		}
		return s.Shown, nil, c.spendMessage(w, &p, s.Shown.Medium)
	}
	if s.To.medium() == mediumSMS && !p.writesTo(s.To.Value) {
		return s.To.delivery(), nil, c.recordFailure(w, &s.User, deed{Action: s.Action, Client: s.Client, Origin: s.Origin, Detail: map[string]string{"limit": "sms_countries"}}, NotAllowed)
	}
	err = c.tell(w, &s.User, letter{
		Kind: s.Kind, Cause: s.Cause, Client: s.Client, To: s.To, Locale: s.Origin.Locale, Origin: s.Origin,
		Data:    s.data(),
		Secrets: map[string]string{"code": digits, "link": link},
	})
	if err != nil {
		return Delivery{}, nil, err
	}
	return s.To.delivery(), nil, c.record(w, &s.User, deed{Action: s.Action, Client: s.Client, Origin: s.Origin})
}

// pretend does what a sending does, for nobody: somebody who watches the clock
// must not see which of the two it was. The audit says who was asked for.
func (c *Core) pretend(w storage.Writer, s sending, digits, link string) error {
	m := message.New(c.Now(), message.ResendCode)
	m.Pool, m.Client, m.User, m.Data = string(s.User.PoolID), string(s.Client), string(s.User.ID), s.data()
	outbox := message.Outbox{Store: c.Store, Sealer: c.Sealer}
	if err := outbox.SealSecrets(&m, map[string]string{"code": digits, "link": link}); err != nil {
		return err
	}
	if err := outbox.Pretend(w, m); err != nil {
		return err
	}
	return c.recordFailure(w, &s.User, deed{Action: cmp.Or(s.Action, "send_code"), Client: s.Client, Origin: s.Origin}, NoVerifiedAddress)
}

// data is what the message says beside the secrets: how long they live, and for
// a code to sign in with where it was asked for.
func (s *sending) data() map[string]string {
	data := map[string]string{"minutes": minutes(s.Purpose.life())}
	if s.Flow != "" {
		data["user_agent"] = s.Origin.UserAgent
		if from := s.Origin.addressText(); from != "" {
			data["address"] = from
		}
	}
	return data
}

// sendSignUpCode sends the code that confirms a sign-up.
func (c *Core) sendSignUpCode(w storage.Writer, op string, p *Pool, u User, kind string, client ClientID, o Origin) (Delivery, *Error, error) {
	to, _ := signUpAddress(p, &u)
	cause := message.CauseSignUp
	if kind == message.ResendCode {
		cause = message.CauseResend
	}
	return c.sendCode(w, op, sending{
		Kind: kind, Cause: cause, Purpose: PurposeSignUp, User: u, To: to, Shown: c.inventedDelivery(p, u.Username),
		Client: client, Action: "send_sign_up_code", Origin: o,
	})
}

// sendDecoyCode does the work of sending to somebody who must not be told.
func (c *Core) sendDecoyCode(w storage.Writer, op string, p *Pool, typed string, why Purpose) (Delivery, *Error, error) {
	return c.sendCode(w, op, sending{Purpose: why, User: c.ghost(p, typed), Shown: c.inventedDelivery(p, typed)})
}

// ensureSignUpCode answers where the code that the attempt asks for went, and
// sends one if none lives. Over the limit nothing is sent: the last one may
// still arrive, and the page offers to send again.
func (c *Core) ensureSignUpCode(w storage.Writer, p Pool, u User, a attempt, o Origin) (Delivery, error) {
	to, _ := signUpAddress(&p, &u)
	k, err := codes.Get(w, codeKey{Pool: u.PoolID, User: u.ID, Purpose: PurposeSignUp}.id()...)
	if err == nil && k.good(c.Now()) && k.Tries < triesPerCode && k.Destination == to.Value {
		return to.delivery(), nil
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return Delivery{}, err
	}
	_, _, err = c.sendSignUpCode(w, "SignIn.advance", &p, u, message.ResendCode, a.ClientID, o)
	return to.delivery(), err
}
