package oauth

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Client-initiated backchannel authentication (OpenID Connect CIBA Core 1.0): a
// client's server asks for somebody, who approves on their account page. Tokens are
// polled for; a client may be told when that is worthwhile (ping).
const (
	cibaPrefix  = "ar_"
	cibaPing    = "ping"
	cibaLife    = 5 * time.Minute
	cibaLongest = 30 * time.Minute
	// maxBinding bounds what a client shows beside its request (CIBA §7.1), in characters.
	maxBinding = 128
	// maxWaiting is how many requests of all apps wait for one person. Whoever is asked
	// again and again approves in the end, to be left alone.
	maxWaiting = 3
)

// BackchannelAnswer answers an authentication request (CIBA §7.3).
type BackchannelAnswer struct {
	ID        string `json:"auth_req_id"`
	ExpiresIn int    `json:"expires_in"` // seconds
	Interval  int    `json:"interval"`   // seconds
}

// backchannel is an authentication request on its way through its checks.
type backchannel struct {
	pool   identity.Pool
	client identity.Client
	form   form
	life   time.Duration
	errand errand
	handle string
	user   identity.UserID // of the id_token_hint
}

// backchannelChecks hold a request of a client that has proven itself (CIBA §7.2).
var backchannelChecks = []struct {
	clause string
	run    func(*backchannel) *Error
}{
	{"CIBA §7.1: scope has openid", checkBackchannelScope},
	{"CIBA §7.1: client_notification_token, of a client that is pinged", checkNotificationToken},
	{"CIBA §7.1: binding_message, short and plain", checkBindingMessage},
	{"CIBA §7.1: requested_expiry", checkRequestedExpiry},
	{"CIBA §7.1: acr_values, bounded", checkBackchannelACR},
	{"CIBA §7.1: one hint", checkBackchannelHints},
}

// Backchannel asks a person for what a client wants. Its error is an *Error for a
// request that was refused, and a *TooOften.
func (p *Provider) Backchannel(ctx context.Context, pool identity.PoolID, in TokenRequest, from netip.Addr) (BackchannelAnswer, error) {
	b := backchannel{form: form(in.Form), life: cibaLife}
	if refused := refusal(errandFormChecks, b.form); refused != nil {
		return BackchannelAnswer{}, refused
	}
	var err error
	if b.pool, b.client, err = p.authenticate(ctx, pool, in.Auth); err != nil {
		return BackchannelAnswer{}, err
	}
	if !b.client.MayGrant(identity.GrantCIBA) || b.client.Public() {
		return BackchannelAnswer{}, refuse(UnauthorizedClient, "The client may not use this grant_type.")
	}
	if refused, err := p.unwrapBackchannel(ctx, &b); err != nil || refused != nil {
		return BackchannelAnswer{}, either(refused, err)
	}
	for _, check := range backchannelChecks {
		if refused := check.run(&b); refused != nil {
			return BackchannelAnswer{}, refused
		}
	}
	if refused, err := p.readHint(ctx, &b); err != nil || refused != nil {
		return BackchannelAnswer{}, either(refused, err)
	}
	var refused *Error
	if b.errand, b.handle, refused = p.newErrand(&b.pool, &b.client, b.form, identity.GrantCIBA, b.life); refused != nil {
		return BackchannelAnswer{}, refused
	}
	b.errand.Address = identity.AddressText(from)
	if err := p.askPerson(ctx, &b, from); err != nil {
		return BackchannelAnswer{}, err
	}
	return BackchannelAnswer{ID: b.handle, ExpiresIn: int(b.life / time.Second), Interval: b.errand.Interval}, nil
}

func checkBackchannelScope(b *backchannel) *Error {
	if !slices.Contains(strings.Fields(b.form.get("scope")), scopeOpenID) {
		return refuse(InvalidScope, "The scope lacks openid.")
	}
	return nil
}

// checkNotificationToken: RFC 6750 §2.1: it travels in a header, as a bearer's.
func checkNotificationToken(b *backchannel) *Error {
	token := b.form.get("client_notification_token")
	plain := func(c rune) bool {
		return c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("-._~+/=", c))
	}
	switch {
	case b.client.CIBADelivery != cibaPing:
		return nil
	case token == "" || len(token) > 1024 || strings.ContainsFunc(token, func(c rune) bool { return !plain(c) }):
		return refuse(InvalidRequest, "The client_notification_token is missing, too long, or no bearer token.")
	}
	return nil
}

func checkBindingMessage(b *backchannel) *Error {
	text := b.form.get("binding_message")
	if utf8.RuneCountInString(text) > maxBinding || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return refuse(InvalidBindingMessage, "The binding_message has more than 128 characters, or some that are not printed.")
	}
	return nil
}

func checkRequestedExpiry(b *backchannel) *Error {
	text := b.form.get("requested_expiry")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil || seconds == 0 {
		return refuse(InvalidRequest, "The requested_expiry is no positive number of seconds.")
	}
	b.life = min(time.Duration(seconds)*time.Second, cibaLongest)
	return nil
}

func checkBackchannelACR(b *backchannel) *Error {
	if text := b.form.get("acr_values"); len(text) > maxHint || len(strings.Fields(text)) > maxACR {
		return refuse(InvalidRequest, "The acr_values are too long.")
	}
	return nil
}

func checkBackchannelHints(b *backchannel) *Error {
	given := 0
	for _, name := range []string{"login_hint", "login_hint_token", "id_token_hint"} {
		if b.form.get(name) != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return refuse(InvalidRequest, "The request has none or several of login_hint and id_token_hint.")
	case b.form.get("login_hint_token") != "":
		return refuse(InvalidRequest, "The login_hint_token is not supported.")
	case len(b.form.get("login_hint")) > maxHint:
		return refuse(InvalidRequest, "The login_hint is too long.")
	}
	return nil
}

// readHint finds out whom an ID token of the client means, expired or not.
func (p *Provider) readHint(ctx context.Context, b *backchannel) (*Error, error) {
	hint := b.form.get("id_token_hint")
	if hint == "" {
		return nil, nil
	}
	var c exchangedID
	err := p.readToken(ctx, b.pool.ID, tokenType, hint, &c)
	if _, refused := CodeOf(err); refused || err == nil && (c.Issuer != p.Issuer(b.pool.ID) || c.TokenUse != useID || c.Audience != string(b.client.ID)) {
		return refuse(InvalidRequest, "The id_token_hint is no ID token issued to this client."), nil
	}
	if err != nil {
		return nil, err
	}
	b.user = identity.UserID(c.Subject)
	if b.client.SubjectType != "pairwise" {
		return nil, nil
	}
	return nil, p.Identity.Store.View(ctx, func(r storage.Reader) error {
		g, err := grants.Get(r, string(b.pool.ID), c.OriginJTI)
		if err == nil {
			b.user = g.UserID
		}
		return noneIsFine(err)
	})
}

var (
	errUnknownUser = refuse(UnknownUserID, "The hint means nobody who can be asked.")
	errFatigue     = refuse(AccessDenied, "The person is asked too much at present.")
)

// askPerson keeps the request and writes to the person, unless too many wait.
func (p *Provider) askPerson(ctx context.Context, b *backchannel, from netip.Addr) error {
	var refused *Error
	var wait time.Duration
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		refused = nil
		if wait, err = p.takeOfStranger(w, &b.client, identity.BackchannelRequests, from); err != nil || wait > 0 {
			return err
		}
		key := identity.ClientKey(b.pool.ID, b.client.ID)
		if wait, err = p.Identity.Wait(w, identity.UnknownHints, key); err != nil || wait > 0 {
			return err
		}
		user, found, err := p.Identity.Reachable(w, b.pool.ID, strings.TrimSpace(b.form.get("login_hint")), b.user)
		if err != nil {
			return err
		}
		if !found {
			refused = errUnknownUser
			return p.Identity.Take(w, identity.UnknownHints, key)
		}
		refused, err = p.keepBackchannel(w, b, &user)
		return err
	})
	switch {
	case err != nil:
		return fault("backchannel", err)
	case wait > 0:
		return &TooOften{Wait: wait}
	case refused == nil:
		p.wake()
	}
	return failed(refused)
}

func (p *Provider) keepBackchannel(w storage.Writer, b *backchannel, user *identity.User) (*Error, error) {
	e := &b.errand
	e.UserID, e.Message, e.ACRValues = user.ID, b.form.get("binding_message"), strings.Fields(b.form.get("acr_values"))
	waiting, err := p.waitingFor(w, b.pool.ID, user.ID)
	if err != nil {
		return nil, err
	}
	wait, err := p.Identity.Wait(w, identity.ApprovalRequests, identity.UserKey(b.pool.ID, user.ID))
	if err != nil {
		return nil, err
	}
	if len(waiting) >= maxWaiting || wait > 0 {
		return errFatigue, p.recordErrand(w, e, user.ID, "", "approval_refused", audit.Refused, "too_many", nil)
	}
	if err := p.Identity.Take(w, identity.ApprovalRequests, identity.UserKey(b.pool.ID, user.ID)); err != nil {
		return nil, err
	}
	if err := p.sealPing(b); err != nil {
		return nil, err
	}
	if err := p.recordErrand(w, e, user.ID, "", "approval_asked", audit.OK, "", errands.Insert(w, *e)); err != nil {
		return nil, err
	}
	return nil, p.Identity.TellOfApproval(w, user, b.client.ID)
}

// waitingFor answers what waits for a person, oldest first.
func (p *Provider) waitingFor(r storage.Reader, pool identity.PoolID, user identity.UserID) ([]errand, error) {
	all, err := errands.List(r, storage.Page{Index: "waiting", Prefix: []any{string(pool), string(user)}})
	return slices.DeleteFunc(all, func(e errand) bool { return !e.waits(p.Now()) }), err
}

// Approvals answers what apps ask a person for, oldest first.
func (p *Provider) Approvals(ctx context.Context, pool identity.PoolID, user identity.UserID) (list []Errand, err error) {
	err = p.Identity.Store.View(ctx, func(r storage.Reader) error {
		list = nil
		all, err := p.waitingFor(r, pool, user)
		for _, e := range all {
			shown, gone := p.show(r, &e)
			if _, refused := CodeOf(gone); refused {
				continue // its client is no more
			}
			if gone != nil {
				return gone
			}
			list = append(list, shown)
		}
		return err
	})
	return list, err
}
