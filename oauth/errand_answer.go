package oauth

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Errand is what a client waits for, as a person is asked about it.
type Errand struct {
	ID      string // names it to Answer
	Client  identity.Client
	Scopes  []ScopeInWords
	Details []json.RawMessage // RFC 9396
	Message string            // the client's own words, which the person compares (CIBA §7.1); or ""
	Address string            // whence it was made, or ""
	Asked   time.Time
	Expires time.Time
	// UserCode is XXXX-XXXX where it was typed a moment ago; no other is kept.
	UserCode string

	shows func(code string) bool
}

// Shows says that the device shows this code.
func (e *Errand) Shows(code string) bool { return e.shows != nil && e.shows(code) }

var errGone = refuse(ExpiredToken, "The request is answered, expired, or was never made.")

// show answers an errand for a page.
func (p *Provider) show(r storage.Reader, e *errand) (Errand, error) {
	pool, client, known, err := p.client(r, e.PoolID, e.ClientID)
	if err == nil && !known {
		err = errGone
	}
	shown := Errand{
		ID: e.Hash, Client: client, Details: e.Details, Message: e.Message, Address: e.Address, Asked: e.CreatedAt, Expires: e.ExpiresAt,
	}
	mac := e.UserCode
	shown.shows = func(code string) bool {
		return mac != "" && hmac.Equal([]byte(mac), []byte(p.userCodeMAC(pool.ID, code)))
	}
	for _, scope := range meant(&AuthorizationRequest{Client: client, Scopes: e.Scopes}) {
		shown.Scopes = append(shown.Scopes, inWords(&pool, scope))
	}
	return shown, err
}

// ErrandOf answers an errand by its id, and why the person must sign in before they
// can allow it: one of the Login… reasons, or "". ExpiredToken says that it cannot be
// answered any more, or not by this person.
func (p *Provider) ErrandOf(ctx context.Context, auth identity.Authentication, pool identity.PoolID, id string) (shown Errand, reason string, err error) {
	err = p.Identity.Store.View(ctx, func(r storage.Reader) error {
		e, err := p.answerable(r, auth, pool, id)
		if err != nil {
			return err
		}
		if shown, err = p.show(r, &e); err != nil {
			return err
		}
		_, reason, err = p.offer(r, auth, &shown.Client, &e)
		return err
	})
	return shown, reason, err
}

// answerable answers an errand that waits, and that this person may answer: any
// person's by a device, whose code they typed; else their own.
func (p *Provider) answerable(r storage.Reader, auth identity.Authentication, pool identity.PoolID, id string) (errand, error) {
	e, err := errands.Get(r, id)
	if errors.Is(err, storage.ErrNotFound) {
		return e, errGone
	}
	if err == nil && (e.PoolID != pool || !e.waits(p.Now()) || e.UserID != "" && e.UserID != auth.User()) {
		err = errGone
	}
	return e, err
}

// offer answers the lineage that a person can give the client, or why they must sign
// in before.
func (p *Provider) offer(r storage.Reader, auth identity.Authentication, c *identity.Client, e *errand) (*Grant, string, error) {
	if !auth.Valid() || auth.Pool() != e.PoolID {
		return nil, LoginNone, nil
	}
	grant, err := newGrant(auth, c, e.Scopes, p.Now())
	if err != nil {
		return nil, "", err
	}
	pool, _, _, err := p.client(r, e.PoolID, c.ID)
	if err != nil {
		return nil, "", err
	}
	wish := AuthorizationRequest{Pool: pool, Client: *c, ACRValues: e.ACRValues}
	grant.ACR, grant.Resources, grant.Details = wish.acr(auth), e.Resources, e.Details
	_, reason, err := p.mayGive(r, &grant, auth)
	return &grant, reason, err
}

// Allow gives the client what it waits for. reason says why the person must sign in
// first; nothing has happened then. ExpiredToken says that the errand cannot be
// answered any more.
func (p *Provider) Allow(ctx context.Context, auth identity.Authentication, pool identity.PoolID, id string) (reason string, err error) {
	return p.answerErrand(ctx, auth, pool, id, func(w storage.Writer, e *errand) (string, error) {
		_, client, known, err := p.client(w, e.PoolID, e.ClientID)
		if err == nil && !known {
			err = errGone
		}
		if err != nil {
			return "", err
		}
		grant, reason, err := p.offer(w, auth, &client, e)
		if err != nil || reason != "" {
			return reason, err
		}
		e.Answer, e.Grant = answerAllowed, grant
		return "", nil
	})
}

// Deny refuses the client what it waits for.
func (p *Provider) Deny(ctx context.Context, auth identity.Authentication, pool identity.PoolID, id string) error {
	_, err := p.answerErrand(ctx, auth, pool, id, func(_ storage.Writer, e *errand) (string, error) {
		e.Answer = answerDenied
		return "", nil
	})
	return err
}

// answerErrand records an answer, once.
func (p *Provider) answerErrand(ctx context.Context, auth identity.Authentication, pool identity.PoolID, id string, answer func(storage.Writer, *errand) (string, error)) (reason string, err error) {
	err = p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		if !auth.Valid() || auth.Pool() != pool {
			reason = LoginNone
			return nil
		}
		e, err := p.answerable(w, auth, pool, id)
		if err != nil {
			return err
		}
		if reason, err = answer(w, &e); err != nil || reason != "" {
			return err
		}
		outcome := map[string]string{answerAllowed: audit.OK, answerDenied: audit.Refused}[e.Answer]
		if err := p.recordErrand(w, &e, auth.User(), auth.Session(), "request_answered", outcome, e.Answer, errands.Put(w, e)); err != nil {
			return err
		}
		return p.ping(w, &e)
	})
	if _, refused := CodeOf(err); err != nil && !refused {
		err = fault("answer", err)
	}
	if err == nil {
		p.wake()
	}
	return reason, err
}
