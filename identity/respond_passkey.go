package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

// ceremony is one WebAuthn challenge: what the browser is given, and what its
// answer is held against. It is sealed, for the attempt or for the page.
type ceremony struct {
	Options json.RawMessage `json:"options"`
	State   []byte          `json:"state"`
	Secret  []byte          `json:"secret,omitempty"` // of an authenticator app in the making
	Address string          `json:"address,omitempty"`
}

// seal binds a ceremony to one attempt.
func (c *Core) sealCeremony(a *attempt, made ceremony) (err error) {
	a.Ceremony, err = c.sealJSON(made, "ceremony", string(a.PoolID), string(a.ID))
	return err
}

// ceremonyOf answers the attempt's ceremony; the zero one when there is none.
func (c *Core) ceremonyOf(a *attempt) (made ceremony) {
	if err := c.openJSON(a.Ceremony, &made, "ceremony", string(a.PoolID), string(a.ID)); err != nil {
		return ceremony{}
	}
	return made
}

// posePasskey makes the challenge. As a way in it names no credential, which
// would tell who exists; as a second factor only the person's own will do.
func (c *Core) posePasskey(s *standing, a *attempt, v verdict) error {
	site, ok := c.site(&s.pool)
	if !ok {
		return refuse("SignIn.advance", FactorNotFound)
	}
	var own []passkey.Record
	if v.Second {
		for _, k := range s.has.keys {
			own = append(own, k.Record)
		}
	}
	options, state, err := site.BeginGet(own)
	if err != nil {
		return fmt.Errorf("passkey: %w", err)
	}
	return c.sealCeremony(a, ceremony{Options: options, State: state})
}

// respondPasskey checks the answer with nothing open, and records it.
func (s *SignIn) respondPasskey(ctx context.Context, op string, a attempt, reply PasskeyAnswer, r Reply) (Step, error) {
	got, err := s.finishGet(ctx, op, a.PoolID, s.ceremonyOf(&a).State, reply.Credential)
	if err != nil {
		return Step{}, err
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if string(now.Ceremony) != string(a.Ceremony) {
			return Step{}, refuse(op, AttemptExpired), nil // another answer to the same challenge was first
		}
		now.Ceremony = nil
		if len(now.Proven) == 0 {
			return s.beginWithKey(w, op, now, got, r.Remember, r.Origin)
		}
		if now.UserID != got.key.UserID {
			return Step{}, refuse(op, PasskeyRefused), s.recordRefusal(w, now, r.Origin, PasskeyRefused)
		}
		return s.provedByKey(w, op, now, got, r.Remember, r.Origin)
	})
}

// assertion is a passkey that proved itself.
type assertion struct {
	key      Passkey
	verified bool // its user, too
	wentBack bool // its counter did
}

// finishGet holds the browser's answer against the challenge.
func (s *SignIn) finishGet(ctx context.Context, op string, pool PoolID, state, response []byte) (got assertion, err error) {
	var p Pool
	var found Passkey
	var owner User
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		if p, _, err = s.reopen(r, op, pool, ""); err != nil {
			return err
		}
		found, owner, err = findPasskey(r, pool, response)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return got, refuse(op, PasskeyUnknown)
	}
	if err != nil {
		return got, passkeyRefusal(op, err)
	}
	site, ok := s.site(&p)
	if !ok {
		return got, refuse(op, FactorNotFound)
	}
	done, err := site.FinishGet(state, response, func(_, handle []byte) (passkey.User, passkey.Record, error) {
		if len(handle) > 0 && string(handle) != string(owner.PasskeyHandle) {
			return passkey.User{}, passkey.Record{}, fmt.Errorf("%w: it names another user", passkey.ErrRefused)
		}
		return passkeyUser(&owner), found.Record, nil
	})
	if err != nil {
		return got, passkeyRefusal(op, err)
	}
	found.Record = done.Record
	return assertion{found, done.UserVerified, done.CounterWentBack}, nil
}

func passkeyRefusal(op string, err error) error {
	if errors.Is(err, passkey.ErrRefused) || errors.Is(err, passkey.ErrUnknown) {
		return &Error{Code: PasskeyRefused, Op: op, Err: err}
	}
	return err
}

// findPasskey answers the stored passkey an answer claims to be of.
func findPasskey(r storage.Reader, pool PoolID, response []byte) (Passkey, User, error) {
	id, err := passkey.CredentialIDOf(response)
	if err != nil {
		return Passkey{}, User{}, err
	}
	k, err := passkeys.By(r, "credential", string(pool), base64.RawURLEncoding.EncodeToString(id))
	if err != nil {
		return Passkey{}, User{}, err
	}
	u, err := getUser(r, pool, k.UserID)
	return k, u, err
}

// passkeyUser is how authenticators list the person's passkeys.
func passkeyUser(u *User) passkey.User {
	shown := u.Username
	for _, attribute := range []string{attrEmail, attrPhone, attrPreferredUsername} {
		if value := u.Attributes[attribute]; value != "" {
			shown = value
			break
		}
	}
	name := u.Attributes["name"]
	if name == "" {
		name = shown
	}
	return passkey.User{Handle: u.PasskeyHandle, Name: shown, DisplayName: name}
}

// provedByKey records the use of a passkey and goes on. A counter that went
// back may be a copy (WebAuthn Level 3 §6.1.1): it is refused where the key
// cannot be on two devices.
func (s *SignIn) provedByKey(w storage.Writer, op string, a attempt, got assertion, remember bool, o Origin) (Step, *Error, error) {
	k := got.key
	stored, err := passkeys.Get(w, string(k.PoolID), string(k.UserID), k.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return Step{}, refuse(op, PasskeyUnknown), nil
	}
	if err != nil {
		return Step{}, nil, err
	}
	if got.wentBack && !k.Record.BackupEligible {
		return Step{}, refuse(op, PasskeyRefused), s.recordRefusal(w, a, o, PasskeyRefused)
	}
	stored.Record, stored.LastUsedAt = k.Record, s.Now()
	if err := passkeys.Put(w, stored); err != nil {
		return Step{}, nil, err
	}
	factors := []Factor{FactorPasskey}
	if got.verified {
		factors = append(factors, factorVerifiedPasskey)
	}
	return s.proved(w, op, a, remember, o, factors...)
}

// PasskeyOptions is a challenge for the sign-in page, where nobody has typed a
// name yet. State comes back with the answer; nothing is stored.
type PasskeyOptions struct {
	Options []byte // {"publicKey": …} for navigator.credentials.get
	State   string
}

// pageCeremony is what State holds, sealed.
type pageCeremony struct {
	State   []byte    `json:"state"`
	Channel Channel   `json:"channel"`
	Ends    time.Time `json:"ends"`
}

// pageChallenge is how long a page's challenge is good for: as long as its attempt would be.
const pageChallenge = 5 * time.Minute

// PasskeyOptions makes a challenge for a page. false says that the pool, the
// client or this host has no passkeys.
func (s *SignIn) PasskeyOptions(ctx context.Context, pool PoolID, client ClientID, channel Channel) (PasskeyOptions, bool, error) {
	p, cl, err := s.open(ctx, "SignIn.PasskeyOptions", pool, client)
	if err != nil || !slices.Contains(s.firstFactors(&p, &cl), FactorPasskey) {
		return PasskeyOptions{}, false, err
	}
	site, _ := s.site(&p)
	options, state, err := site.BeginGet(nil)
	if err != nil {
		return PasskeyOptions{}, false, fmt.Errorf("passkey: %w", err)
	}
	sealed, err := s.sealState(pageCeremony{State: state, Channel: channel, Ends: s.Now().Add(pageChallenge)}, "page passkey", string(pool))
	if err != nil {
		return PasskeyOptions{}, false, err
	}
	return PasskeyOptions{Options: options, State: sealed}, true, nil
}

// PasskeyStart answers the challenge of a page.
type PasskeyStart struct {
	Pool       PoolID
	Client     ClientID
	Channel    Channel
	State      string
	Credential []byte
	Twice      bool    // see Start
	Levels     []Level // see Start
	Origin     Origin
}

// spentChallenge marks a page's challenge as used until it would have ended.
type spentChallenge struct {
	Hash      string    `json:"hash"`
	ExpiresAt time.Time `json:"expires_at"`
}

var spentChallenges = storage.Collection[spentChallenge]{
	Name: "spent_challenge", Format: 1,
	ID: func(s *spentChallenge) []any { return []any{s.Hash} },
	Indexes: []storage.Index[spentChallenge]{
		{Name: "expires", Of: func(s *spentChallenge) []any { return []any{s.ExpiresAt} }},
	},
}

// stateHash is what a page's state is spent under, however it is spelled:
// base64 has many texts for the same bytes.
func stateHash(state string) string {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return hashOf(state)
	}
	return hashOf(string(sealed))
}

// spend takes a one-time thing; false says that it was taken before.
func (c *Core) spend(w storage.Writer, hash string, until time.Time) (bool, error) {
	err := spentChallenges.Insert(w, spentChallenge{Hash: hash, ExpiresAt: until})
	if errors.Is(err, storage.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Passkey signs in with a passkey that says itself whose it is. AttemptExpired
// says that the page's challenge is over or was used.
func (s *SignIn) Passkey(ctx context.Context, st PasskeyStart) (Step, error) {
	const op = "SignIn.Passkey"
	page, failed := s.openPage(op, st)
	if failed != nil {
		return Step{}, failed
	}
	got, err := s.finishGet(ctx, op, st.Pool, page.State, st.Credential)
	if err != nil {
		return Step{}, s.recordKeyRefusal(ctx, st, err)
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		fresh, err := s.spend(w, stateHash(st.State), page.Ends)
		if err != nil || !fresh {
			return Step{}, refuse(op, AttemptExpired), err
		}
		a := attempt{PoolID: st.Pool, ClientID: st.Client, Channel: st.Channel, Twice: st.Twice, Levels: st.Levels}
		return s.beginWithKey(w, op, a, got, false, st.Origin)
	})
}

func (s *SignIn) openPage(op string, st PasskeyStart) (page pageCeremony, failed *Error) {
	err := s.openState(st.State, &page, "page passkey", string(st.Pool))
	if err != nil || page.Channel != st.Channel || !s.Now().Before(page.Ends) {
		return page, refuse(op, AttemptExpired)
	}
	return page, nil
}

func (s *SignIn) recordKeyRefusal(ctx context.Context, st PasskeyStart, err error) error {
	code, ok := CodeOf(err)
	if !ok {
		return err
	}
	failed := s.Store.Update(ctx, func(w storage.Writer) error {
		return s.recordRefusal(w, attempt{PoolID: st.Pool, ClientID: st.Client}, st.Origin, code)
	})
	if failed != nil {
		return failed
	}
	return err
}

// beginWithKey lets in whose passkey it is, whatever name was typed before: if
// it mattered, the answer would tell whether that name exists.
func (s *SignIn) beginWithKey(w storage.Writer, op string, a attempt, got assertion, remember bool, o Origin) (Step, *Error, error) {
	p, cl, err := s.reopen(w, op, a.PoolID, a.ClientID)
	if err != nil {
		return Step{}, nil, err
	}
	failed := closedTo(op, &p, o)
	if !slices.Contains(s.firstFactors(&p, &cl), FactorPasskey) {
		failed = refuse(op, NotAllowed)
	}
	if failed != nil {
		return Step{}, failed, nil
	}
	u, err := getUser(w, p.ID, got.key.UserID)
	if err != nil {
		return Step{}, nil, err
	}
	if a.UserID != u.ID { // nobody was named yet, or somebody else
		if err := s.askPreAuthentication(w, &p, &u, u.Username, a.ClientID, o); err != nil {
			return Step{}, nil, err
		}
	}
	a.UserID, a.Identifier = u.ID, passkeyUser(&u).Name
	if err := s.recognise(w, &p, &a, o); err != nil {
		return Step{}, nil, err
	}
	return s.provedByKey(w, op, a, got, remember, o)
}
