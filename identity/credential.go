package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// telling are the attributes whose words an attacker would try first.
var telling = []string{attrEmail, attrPhone, attrPreferredUsername, "name", "given_name", "family_name", "nickname", "birthdate"}

// policyRefusal holds a password against the pool's policy, with what an
// attacker would try first as context; nil when it may be used.
func policyRefusal(op string, p *Pool, c *Client, u *User, text string) *Error {
	context := []string{p.Name, c.Name, u.Username}
	for _, name := range telling {
		context = append(context, u.Attributes[name])
	}
	broken := p.Policies.PasswordPolicy.Check(text, context...)
	if len(broken) == 0 {
		return nil
	}
	e := &Error{Code: PasswordRefused, Op: op, Field: "password"}
	for _, v := range broken {
		e.Violations = append(e.Violations, string(v))
	}
	return e
}

// hashRefusal turns what the hasher says into a refusal; other errors are faults.
func hashRefusal(op string, err error) (*Error, error) {
	switch {
	case errors.Is(err, password.ErrBusy):
		return &Error{Code: Busy, Op: op, RetryAfter: time.Second, Err: err}, nil
	case errors.Is(err, password.ErrTooLong):
		return &Error{Code: PasswordRefused, Op: op, Field: "password", Violations: []string{string(password.TooLong)}}, nil
	}
	return nil, err
}

// hash makes the hash to store; what the hasher refuses is a refusal here.
func (c *Core) hash(ctx context.Context, op, text string) (string, error) {
	made, err := c.Passwords.Hash(ctx, text)
	failed, err := hashRefusal(op, err)
	if failed != nil {
		return "", failed
	}
	return made, err
}

// unused refuses a password that is or was the user's, as far as the policy's
// history reaches. It verifies hashes: nothing may be open.
func (c *Core) unused(ctx context.Context, op string, p *Pool, cred *Credential, text string) error {
	reused, err := c.Passwords.Reused(ctx, text, cred.recent(p.Policies.PasswordPolicy))
	failed, err := hashRefusal(op, err)
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case reused:
		return &Error{Code: PasswordRefused, Op: op, Field: "password", Violations: []string{violationReused}}
	}
	return nil
}

// violationReused stands beside the violations of password.Policy, which knows no history.
const violationReused = "reused"

// recent answers the hashes that may not be used again, newest first.
func (c *Credential) recent(policy password.Policy) []string {
	if c.Hash == "" {
		return nil
	}
	hashes := append([]string{c.Hash}, c.History...)
	return hashes[:min(len(hashes), policy.PasswordHistorySize)]
}

// triedPassword is what a try at a password is held against.
type triedPassword struct {
	cred   Credential // the zero one for an unknown user
	beside []string   // see importedHashes
	pool   PoolID
}

// verifyPassword does the same work whether or not there is a hash to verify
// against, so that timing tells nothing.
func (s *SignIn) verifyPassword(ctx context.Context, op string, of triedPassword, typed string) (right bool, rehashed string, failed *Error, err error) {
	right, rehashed, err = s.Passwords.Try(ctx, password.Try{Password: typed, Hash: of.cred.Hash, Imported: of.cred.Imported != nil, Beside: of.beside, Pool: string(of.pool)})
	if errors.Is(err, password.ErrTooLong) {
		right, err = false, nil // nobody's password is that long
	}
	failed, err = hashRefusal(op, err)
	return right, rehashed, failed, err
}

// passwordOf answers the user's password credential, or the zero one.
func (c *Core) passwordOf(r storage.Reader, u User) (Credential, error) {
	return c.credentialOf(r, &u, FactorPassword)
}

// sameCredential says that the password did not change while it was verified.
func (s *SignIn) sameCredential(r storage.Reader, seen Credential) bool {
	now, err := credentials.Get(r, string(seen.PoolID), string(seen.UserID), string(seen.Kind))
	return err == nil && now.Hash == seen.Hash
}

// keepAgain stores anew what is kept of a password that did not change.
func (s *SignIn) keepAgain(w storage.Writer, cred Credential, now kept) error {
	if now.hash == "" && string(now.srp) == string(cred.SRP) {
		return nil
	}
	if cred.SRP = now.srp; now.hash != "" {
		cred.Hash, cred.Imported = now.hash, nil
	}
	return credentials.Put(w, cred)
}

// putPassword stores a password the user chose; the one before joins the history.
func (c *Core) putPassword(w storage.Writer, p *Pool, u *User, made kept) error {
	cred, err := c.credentialOf(w, u, FactorPassword)
	if err != nil {
		return err
	}
	return credentials.Put(w, Credential{
		PoolID: u.PoolID, UserID: u.ID, Kind: FactorPassword, Hash: made.hash, SRP: made.srp,
		History: cred.recent(p.Policies.PasswordPolicy), ChangedAt: c.Now(),
	})
}

// putTemporary stores a password that must be changed at the first sign-in.
func (c *Core) putTemporary(w storage.Writer, p *Pool, u *User, made kept) error {
	now := c.Now()
	return credentials.Put(w, Credential{
		PoolID: u.PoolID, UserID: u.ID, Kind: FactorPassword, Hash: made.hash, SRP: made.srp,
		ExpiresAt: now.Add(p.Policies.PasswordPolicy.TemporaryValidity()), ChangedAt: now,
	})
}
