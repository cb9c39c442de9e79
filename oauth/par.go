package oauth

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Pushed authorization requests (RFC 9126).
const (
	pushedPrefix = "urn:ietf:params:oauth:request_uri:"
	// pushedLife is how long a browser may take to bring a pushed request. FAPI 2.0
	// Security Profile §5.3.2.2: below ten minutes.
	pushedLife = 90 * time.Second
	// begunLife is how long a person may take once their browser has brought it.
	begunLife = 24 * time.Hour
)

// pushedRequest is an authorization request that a client pushed. It goes when
// its answer is given.
type pushedRequest struct {
	Hash      string              `json:"hash"` // SHA-256 of the request_uri
	PoolID    identity.PoolID     `json:"user_pool_id"`
	ClientID  identity.ClientID   `json:"client_id"`
	Form      map[string][]string `json:"parameters"`
	Signed    bool                `json:"signed,omitempty"` // they came in a request object
	BeginBy   time.Time           `json:"begin_by"`
	BegunAt   time.Time           `json:"begun_at,omitzero"` // when a browser first brought it
	ExpiresAt time.Time           `json:"expires_at"`
}

// pushedRequests keeps pushed requests by the hash of their handle.
var pushedRequests = storage.Collection[pushedRequest]{
	Name: "pushed_request", Format: 1,
	ID:      func(r *pushedRequest) []any { return []any{r.Hash} },
	Indexes: []storage.Index[pushedRequest]{{Name: "expires", Of: func(r *pushedRequest) []any { return []any{r.ExpiresAt} }}},
}

var errPushed = refuse(InvalidRequestURI, "The request_uri is unknown, expired, used, or was issued to another client.")

// Pushed answers a pushed authorization request (RFC 9126 §2.2).
type Pushed struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int    `json:"expires_in"` // seconds in which a browser must bring it
}

// Push keeps an authorization request for a browser to bring by a handle. Its
// checks are those of the authorization endpoint; a redirect_uri that is not
// registered is refused here as there (RFC 9126 §2.4 leaves that open). Its error
// is an *Error for a request that was refused, and a *TooOften.
func (p *Provider) Push(ctx context.Context, pool identity.PoolID, in TokenRequest) (Pushed, error) {
	q := AuthorizationRequest{form: form(in.Form), ResponseMode: ModeQuery, pushing: true}
	q.Pool.ID = pool
	// RFC 9126 §2.1: the client is who it says.
	_, client, err := p.authenticate(ctx, pool, in.Auth)
	if err != nil {
		return Pushed{}, err
	}
	if _, said := q.form["client_id"]; !said {
		q.form["client_id"] = []string{string(client.ID)} // the header has said it
	}
	if refused := refusal(pushChecks, &push{q.form, &client}); refused != nil {
		return Pushed{}, refused
	}
	refused, err := p.check(ctx, &q)
	if err == nil && refused != nil {
		err = refused.err
	}
	if err != nil {
		return Pushed{}, err
	}
	if err := p.bindPushed(ctx, &q, in); err != nil {
		return Pushed{}, err
	}
	return p.keepPushed(ctx, &q, in.Origin.Address)
}

// bindPushed: RFC 9449 §10.1: a proof that comes with the request binds the code
// to its key, as dpop_jkt does.
func (p *Provider) bindPushed(ctx context.Context, q *AuthorizationRequest, in TokenRequest) error {
	key, err := p.ProofKey(ctx, q.Pool.ID, in)
	if err != nil || key == "" {
		return err
	}
	if q.DPoPKey != "" && q.DPoPKey != key {
		return refuse(InvalidDPoPProof, "The dpop_jkt is another key than that of the DPoP proof.")
	}
	q.form["dpop_jkt"] = []string{key}
	return nil
}

// push is a request on its way to be kept, of a client that has proven itself.
type push struct {
	form   form
	client *identity.Client
}

// pushChecks hold what the endpoint asks beyond an authorization request.
var pushChecks = []check[*push]{
	{"RFC 9126 §2.1: no request_uri", InvalidRequest, "A request_uri cannot be pushed.", func(r *push) bool { return len(r.form["request_uri"]) == 0 }},
	{"RFC 9126 §2: client_id is who authenticated", InvalidRequest, "The client_id is another than that of the client that authenticated.", func(r *push) bool {
		return r.form.get("client_id") == string(r.client.ID)
	}},
}

// notPushed are the parameters that prove the client and ask for nothing.
var notPushed = []string{"client_secret", "client_assertion", "client_assertion_type"}

func (p *Provider) keepPushed(ctx context.Context, q *AuthorizationRequest, from netip.Addr) (Pushed, error) {
	handle, now := pushedPrefix+randomText(32), p.Now()
	record := pushedRequest{
		Hash: hashOf(handle), PoolID: q.Pool.ID, ClientID: q.Client.ID, Form: url.Values{}, Signed: q.sealed,
		BeginBy: now.Add(pushedLife), ExpiresAt: now.Add(pushedLife),
	}
	for name, values := range q.form {
		record.Form[name] = values
	}
	for _, name := range notPushed {
		delete(record.Form, name)
	}
	var wait time.Duration
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		if wait, err = p.takeOfStranger(w, &q.Client, identity.PushedRequests, from); err != nil || wait > 0 {
			return err
		}
		return pushedRequests.Insert(w, record)
	})
	switch {
	case err != nil:
		return Pushed{}, fault("push", err)
	case wait > 0: // RFC 9126 §2.3
		return Pushed{}, &TooOften{Wait: wait}
	}
	return Pushed{RequestURI: handle, ExpiresIn: int(pushedLife / time.Second)}, nil
}

// findParameters puts the parameters of a pushed request or a request object in
// place of those that came, whatever stands beside them (RFC 9126 §4, RFC 9101 §5,
// FAPI 2.0 Security Profile §5.3.2.2). What hinders it shows once it is known where
// it may be told.
func (p *Provider) findParameters(ctx context.Context, q *AuthorizationRequest) (_ *Error, err error) {
	switch object, uri := q.form.get("request"), q.form.get("request_uri"); {
	case object == "" && strings.HasPrefix(uri, pushedPrefix):
		q.unread, err = p.takePushed(ctx, q, uri)
	case object != "" || uri != "":
		q.unread, err = p.findObject(ctx, q)
	}
	return nil, err
}

func checkFound(q *AuthorizationRequest) *Error { return q.unread }

// takePushed reads a pushed request, and notes that a browser has begun it.
func (p *Provider) takePushed(ctx context.Context, q *AuthorizationRequest, uri string) (*Error, error) {
	found, refused, err := pushedRequest{}, errPushed, error(nil)
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		found, refused, err = p.openPushed(r, q, hashOf(uri))
		return err
	})
	if err == nil && refused == nil && found.BegunAt.IsZero() {
		err = p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
			if found, refused, err = p.openPushed(w, q, found.Hash); err != nil || refused != nil {
				return err
			}
			found.BegunAt, found.ExpiresAt = p.Now(), p.Now().Add(begunLife)
			return pushedRequests.Put(w, found)
		})
	}
	if err != nil || refused != nil {
		return refused, err
	}
	q.form, q.sealed, q.Pushed = form(found.Form), found.Signed, found.Hash
	return nil, nil
}

// openPushed finds a pushed request that is good: begun in time, and by this
// browser if that was a while ago; of this client.
func (p *Provider) openPushed(r storage.Reader, q *AuthorizationRequest, hash string) (pushedRequest, *Error, error) {
	found, err := pushedRequests.Get(r, hash)
	if errors.Is(err, storage.ErrNotFound) {
		return found, errPushed, nil
	}
	now := p.Now()
	begun := !found.BegunAt.IsZero() && !q.asked.IsZero() && now.Before(found.ExpiresAt)
	if err == nil && (found.PoolID != q.Pool.ID || found.ClientID != q.Client.ID || !begun && !now.Before(found.BeginBy)) {
		return found, errPushed, nil
	}
	return found, nil, err
}

// spend uses up the pushed request behind an answer, once: its error is errPushed
// for every other.
func spend(w storage.Writer, q *AuthorizationRequest) error {
	if q.Pushed == "" {
		return nil
	}
	if _, err := pushedRequests.Get(w, q.Pushed); errors.Is(err, storage.ErrNotFound) {
		return errPushed
	} else if err != nil {
		return err
	}
	return pushedRequests.Delete(w, q.Pushed)
}

// spent is spend on its own, for an answer that stores nothing else.
func (p *Provider) spent(ctx context.Context, q *AuthorizationRequest) error {
	if q.Pushed == "" {
		return nil
	}
	return p.Identity.Store.Update(ctx, func(w storage.Writer) error { return spend(w, q) })
}

// once uses up the pushed request behind a decision that is an answer.
func (p *Provider) once(ctx context.Context, q *AuthorizationRequest, d Decision) (Decision, error) {
	if d.Answer == nil {
		return d, nil
	}
	err := p.spent(ctx, q)
	if errors.Is(err, errPushed) {
		return Decision{Page: errPushed}, nil
	}
	return d, err
}
