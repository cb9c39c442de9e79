package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// newPassword is a checked answer to AskNewPassword, ready to be recorded.
type newPassword struct {
	kept
	attributes map[string]string
	setBy      string // see Credential.ResetBy
}

// setBy answers the address that alone led to a new password: with no temporary
// one proven, the password and that address are one factor.
func setBy(p *Pool, a *attempt) string {
	if p.AccountRecovery.AllowWithoutMFA || slices.Contains(a.Proven, FactorPassword) {
		return ""
	}
	for attribute, f := range codeFactors {
		if slices.Contains(a.Proven, f) {
			return attribute
		}
	}
	return ""
}

// prepareNewPassword checks the answer and hashes, with nothing open.
func (s *SignIn) prepareNewPassword(ctx context.Context, op string, a attempt, reply NewPasswordAnswer) (newPassword, *Error, error) {
	var change newPassword
	var failed *Error
	var cred Credential
	var pool Pool
	var user User
	err := s.Store.View(ctx, func(r storage.Reader) error {
		p, cl, err := s.reopen(r, op, a.PoolID, a.ClientID)
		if err != nil {
			return err
		}
		pool = p
		u, err := users.Get(r, string(a.PoolID), string(a.UserID))
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, AttemptExpired)
		}
		if err != nil {
			return fmt.Errorf("user: %w", err)
		}
		if cred, err = s.passwordOf(r, u); err != nil {
			return err
		}
		change.setBy, user = setBy(&p, &a), u
		change.attributes, failed = checkNewPassword(op, &p, &cl, &u, reply)
		return nil
	})
	if err != nil || failed != nil {
		return newPassword{}, failed, err
	}
	// The temporary password went by mail: it must not become the permanent one.
	if same, err := s.Passwords.Reused(ctx, reply.Password, []string{cred.Hash}); err != nil || same {
		if same {
			return newPassword{}, &Error{Code: PasswordRefused, Op: op, Field: "password", Violations: []string{violationReused}}, nil
		}
		failed, err = hashRefusal(op, err)
		return newPassword{}, failed, err
	}
	if failed := s.takesAnswer(ctx, op, &pool, change, reply); failed != nil {
		return newPassword{}, failed, nil
	}
	change.kept, err = s.keep(ctx, op, &pool, &user, reply.Password)
	return change, nil, err
}

// checkNewPassword holds the password against the policy and takes the
// required attributes that are still missing.
func checkNewPassword(op string, p *Pool, cl *Client, u *User, reply NewPasswordAnswer) (map[string]string, *Error) {
	filled, failed := checkAttributes(op, p, cl, bySelf, reply.Attributes, u.Attributes)
	if failed != nil {
		return nil, failed
	}
	for _, name := range missingRequired(p, u) {
		if filled[name] == "" {
			return nil, &Error{Code: AttributeRequired, Op: op, Field: name}
		}
	}
	return filled, policyRefusal(op, p, cl, u, reply.Password)
}

// replaceTemporary records the new password; the account is its person's from here on.
func (s *SignIn) replaceTemporary(w storage.Writer, op string, a attempt, change newPassword, o Origin) (*Error, error) {
	u, err := users.Get(w, string(a.PoolID), string(a.UserID))
	if err != nil {
		return nil, fmt.Errorf("user: %w", err)
	}
	if u.Status != ForceChangePassword {
		return refuse(op, AttemptExpired), nil
	}
	u.Status, u.ModifiedAt = Confirmed, s.Now()
	failed, err := s.saveAttributes(w, op, &u, change.attributes)
	if err != nil || failed != nil {
		return failed, err
	}
	cred := Credential{PoolID: u.PoolID, UserID: u.ID, Kind: FactorPassword, Hash: change.hash, SRP: change.srp, ResetBy: change.setBy, ChangedAt: s.Now()}
	if err := credentials.Put(w, cred); err != nil {
		return nil, err
	}
	return nil, audit.Write(w, s.event("new_password", audit.OK, a, o, func(*audit.Event) {}))
}
