package identity

import (
	"context"
	"errors"
	"strings"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// What is kept for SRP is far easier to guess from than a hash is. So it is made
// only where a client of the pool allows SRP, and is sealed.

// kept is what is stored of a password.
type kept struct {
	hash string
	srp  storage.Sealed // a keptVerifier, or nil
}

// keptVerifier is a verifier, and the name that it was made for.
type keptVerifier struct {
	User string `json:"user"`
	password.SRPVerifier
}

// allowsSRP says that people may prove a password to this client by SRP.
// USER_AUTH has it among its ways (Cognito ExplicitAuthFlowsType).
func (cl *Client) allowsSRP() bool {
	return cl.MayFlow(FlowSRP) || cl.MayFlow(FlowChoice)
}

// wantsVerifiers says that some client of the pool allows SRP.
func wantsVerifiers(r storage.Reader, pool PoolID) (bool, error) {
	found, err := clients.List(r, storage.Page{Index: "srp", Prefix: []any{string(pool)}, Limit: 1})
	return len(found) > 0, err
}

// srpUser is Cognito's USER_ID_FOR_SRP: the username, or where people may type
// something else, the sub. It says nothing of whether there is such a user: u
// may be a ghost, and typed is what stands for its username.
func srpUser(p *Pool, u *User, typed string) string {
	if len(p.UsernameAttributes)+len(p.AliasAttributes) > 0 {
		return string(u.ID)
	}
	return strings.TrimPrefix(looseName(p, typed), "?")
}

// srpSalt is the same for a name for ever, whether or not it is anybody's: one
// that changed would tell of a user whose password did.
func (c *Core) srpSalt(pool PoolID, user string) []byte {
	return c.Sealer.MAC("srp salt", string(pool), user)[:password.SRPSaltBytes]
}

func srpGroup(pool PoolID) string {
	_, group, _ := strings.Cut(string(pool), "_")
	return group
}

// keep makes what is stored of a new password. What the hasher refuses is a
// refusal here. Nothing may be open.
func (c *Core) keep(ctx context.Context, op string, p *Pool, u *User, text string) (kept, error) {
	hash, err := c.hash(ctx, op, text)
	if err != nil {
		return kept{}, err
	}
	srp, err := c.keepVerifier(ctx, p, u, text)
	failed, err := hashRefusal(op, err)
	return kept{hash, srp}, either(failed, err)
}

// keepVerifier answers nil where no client of the pool allows SRP.
func (c *Core) keepVerifier(ctx context.Context, p *Pool, u *User, text string) (storage.Sealed, error) {
	var wanted bool
	err := c.Store.View(ctx, func(r storage.Reader) (err error) {
		wanted, err = wantsVerifiers(r, p.ID)
		return err
	})
	if err != nil || !wanted {
		return nil, err
	}
	name := srpUser(p, u, u.Username)
	made, err := c.Passwords.Verifier(ctx, password.SRPName{Group: srpGroup(p.ID), User: name}, c.srpSalt(p.ID, name), text)
	if err != nil {
		return nil, err
	}
	return c.sealJSON(keptVerifier{name, made}, "srp", string(p.ID), string(u.ID))
}

// verifierOf answers the verifier to hold an exchange against: for nobody, and
// for somebody who has none, one that no password fits.
func (c *Core) verifierOf(p *Pool, cred *Credential, user string) (v password.SRPVerifier, real bool) {
	var stored keptVerifier
	err := c.openJSON(cred.SRP, &stored, "srp", string(cred.PoolID), string(cred.UserID))
	if err == nil && stored.User == user {
		return stored.SRPVerifier, true
	}
	return password.DecoyVerifier(c.srpSalt(p.ID, user), c.Sealer.MAC("srp decoy", string(p.ID), user)), false
}

// lateVerifier makes the verifier that was missing, now that the password is at
// hand, and drops one that no client asks for any more. It is for those who may
// go on only: the time it takes would else tell that the password of a disabled
// user was right. A busy house makes it another time.
func (s *SignIn) lateVerifier(ctx context.Context, a attempt, cred Credential, text string) (storage.Sealed, error) {
	var u User
	var p Pool
	var wanted, has bool
	err := s.Store.View(ctx, func(r storage.Reader) (err error) {
		if p, err = pools.Get(r, string(a.PoolID)); err != nil {
			return err
		}
		if u, err = getUser(r, a.PoolID, a.UserID); err != nil {
			return err
		}
		_, has = s.verifierOf(&p, &cred, srpUser(&p, &u, u.Username))
		wanted, err = wantsVerifiers(r, p.ID)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound) || err == nil && !wanted:
		return nil, nil
	case err != nil || has || u.Disabled || u.Status != Confirmed:
		return cred.SRP, err
	}
	made, err := s.keepVerifier(ctx, &p, &u, text)
	if errors.Is(err, password.ErrBusy) {
		return cred.SRP, nil
	}
	return made, err
}
