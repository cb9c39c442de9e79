package identity

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// A pool may bring its people over from elsewhere one by one: the user migration
// trigger is asked about a name that nobody has, with the password that was
// typed, and answers who that is. Somebody whom it does not know, and an error of
// its own, look as if there were no trigger.

// The deeds that bring somebody over (Cognito's trigger sources).
const (
	migratesAtSignIn = "UserMigration_Authentication"
	migratesAtForgot = "UserMigration_ForgotPassword"
)

type migrationRequest struct {
	Password       string            `json:"password,omitempty"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

// migrationResponse leaves MessageAction and DesiredDeliveryMediums to be read by
// nobody: there is no welcome to be sent to somebody who is just signing in.
type migrationResponse struct {
	UserAttributes         map[string]string `json:"userAttributes"`
	FinalUserStatus        Status            `json:"finalUserStatus"`
	MessageAction          string            `json:"messageAction"`
	DesiredDeliveryMediums []string          `json:"desiredDeliveryMediums"`
	ForceAliasCreation     bool              `json:"forceAliasCreation"`
	EnableSMSMFA           bool              `json:"enableSMSMFA"`
}

// arrivee is somebody who may be brought over, not stored yet.
type arrivee struct {
	user  User
	made  kept
	force bool // take verified addresses from who holds them
}

// askMigration asks who the name belongs to elsewhere. No user, and no error,
// says that nobody knows.
func (c *Core) askMigration(w storage.Writer, op, source string, p *Pool, typed, text string, client ClientID, o Origin) (*arrivee, error) {
	answer, err := c.ask(w, question{
		pool: p, kind: trigger.UserMigration, source: source, about: typed, user: typed, client: client, origin: o,
		request:  migrationRequest{text, metadata(o.Told.Validation), metadata(o.Told.Client)},
		response: migrationResponse{UserAttributes: map[string]string{}, DesiredDeliveryMediums: []string{}},
	})
	if err != nil || answer == nil {
		return nil, err
	}
	var says migrationResponse
	if err := json.Unmarshal(answer, &says); err != nil {
		return nil, malformed(source, err)
	}
	if len(says.UserAttributes) == 0 {
		return nil, nil
	}
	return c.arrivee(op, source, p, typed, says, o)
}

// arrivee checks who is to be brought over, as if an administrator made them.
func (c *Core) arrivee(op, source string, p *Pool, typed string, says migrationResponse, o Origin) (*arrivee, error) {
	if says.FinalUserStatus != "" && says.FinalUserStatus != Confirmed && says.FinalUserStatus != ResetRequired {
		return nil, malformed(source, errors.New("no such finalUserStatus"))
	}
	given := maps.Clone(says.UserAttributes)
	name := typed
	if called := given["username"]; called != "" && len(p.UsernameAttributes) == 0 {
		name = called
	}
	delete(given, "username")
	u, err := c.newUser(op, p, &Client{}, byAdministrator, name, given)
	if err != nil {
		return nil, malformed(source, err)
	}
	u.Status, u.Locale = ResetRequired, o.Locale
	if source == migratesAtSignIn && says.FinalUserStatus == Confirmed {
		u.Status = Confirmed
	}
	if says.EnableSMSMFA && verified(&u, attrPhone) {
		u.MFA.Enabled = []Factor{FactorSMS}
	}
	return &arrivee{user: u, force: says.ForceAliasCreation}, nil
}

// migrates says that the pool asks about names that nobody has.
func (c *Core) migrates(p *Pool) bool { return c.triggered(p, trigger.UserMigration) }

// asIfUnknown drops what went wrong with the trigger: telling would tell that
// nobody has the name.
func asIfUnknown(err error) error {
	var failed *Error
	if errors.As(err, &failed) && failed.Field == "UserMigration" {
		return nil
	}
	return err
}

// fetch asks about a name that nobody has, once its try is counted, and makes
// what is kept of the password. The pool's policy is for new passwords only.
func (s *SignIn) fetch(ctx context.Context, op string, a attempt, text string, o Origin) (*arrivee, error) {
	if a.UserID != "" || a.Custom {
		return nil, nil
	}
	var p Pool
	var found *arrivee
	err := s.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		found = nil
		if p, err = pools.Get(w, string(a.PoolID)); err != nil || !s.migrates(&p) {
			return nil, err
		}
		if _, err := s.findUser(w, &p, a.Identifier); !errors.Is(err, storage.ErrNotFound) {
			return nil, err // somebody was quicker
		}
		found, err = s.askMigration(w, op, migratesAtSignIn, &p, a.Identifier, text, a.ClientID, o)
		return nil, err
	})
	if err != nil || found == nil {
		return nil, asIfUnknown(err)
	}
	if found.made, err = s.keep(ctx, op, &p, &found.user, text); is(err, PasswordRefused) {
		return nil, nil // nobody's password is that long here
	}
	return found, err
}

// bringOver stores somebody with what is kept of their password; with none, they
// have to reset it.
func (c *Core) bringOver(w storage.Writer, op string, p *Pool, who arrivee, client ClientID, o Origin) (User, error) {
	u := who.user
	u.Attributes = maps.Clone(u.Attributes)
	if err := c.insertOrTake(w, op, p, &u, who.force); err != nil {
		return u, err
	}
	if who.made.hash != "" {
		if err := c.putPassword(w, p, &u, who.made); err != nil {
			return u, err
		}
	}
	return u, c.record(w, &u, deed{Action: "migrate_user", Client: client, Origin: o})
}

// arrive stores somebody whom the trigger vouches for, and goes on as with a
// right password. Nobody is stored when the rest fails.
func (s *SignIn) arrive(ctx context.Context, op string, a attempt, who arrivee, r Reply) (Step, error) {
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		p, err := pools.Get(w, string(now.PoolID))
		if err != nil {
			return Step{}, nil, err
		}
		u, err := s.bringOver(w, op, &p, who, now.ClientID, r.Origin)
		if code, ok := CodeOf(err); ok { // the name, or an address, is somebody's
			return Step{}, nil, &Error{Code: IncorrectPassword, Op: op, Err: errors.New(string(code))}
		}
		if err != nil {
			return Step{}, nil, err
		}
		if err := s.giveBackSignIn(w, r.Origin); err != nil {
			return Step{}, nil, err
		}
		now.UserID = u.ID
		return s.proved(w, op, now, r.Remember, r.Origin, FactorPassword)
	})
}

// askedOver is whoever forgot a password: brought over, if nobody has the name.
func (a *Accounts) askedOver(w storage.Writer, op string, p *Pool, u User, in Resend) (User, error) {
	if !in.migrate || !u.isGhost() || !a.migrates(p) {
		return u, nil
	}
	found, err := a.askMigration(w, op, migratesAtForgot, p, in.Identifier, "", in.Client, in.Origin)
	if err != nil || found == nil {
		return u, err
	}
	u, err = a.bringOver(w, op, p, *found, in.Client, in.Origin)
	if _, refused := CodeOf(err); refused { // the name, or an address, is somebody's
		err = malformed(migratesAtForgot, err)
	}
	return u, err
}
