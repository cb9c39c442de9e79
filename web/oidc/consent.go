package oidc

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/consent"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/web"
)

// consentPath is the page that asks whether an app may have what it asks for.
const consentPath = "/consent"

// metFor is how long a sign-in that met a request still does while its person reads.
const metFor = time.Hour

// scopeField begins the names of the checkboxes, one a scope.
const scopeField = "scope."

// ticket leads from the authorize endpoint to the page, and to nobody else's: it
// holds for one request and one session.
type ticket struct {
	Session string `json:"s"`
	Query   string `json:"q"` // hash of the request
	Chosen  bool   `json:"c,omitempty"`
	At      int64  `json:"at"` // microseconds since 1970: when the sign-in met the request
}

func queryHash(query url.Values) string {
	sum := sha256.Sum256([]byte(query.Encode()))
	return hex.EncodeToString(sum[:])
}

// toConsent leads to the page.
func toConsent(r *web.Request, brought web.Brought, auth identity.Authentication, locales []string) error {
	if brought.At.IsZero() {
		brought.At = r.Now()
	}
	keep(r, brought, locales)
	sealed, err := r.SealState("consent", ticket{Session: auth.Session(), Query: queryHash(brought.Query), Chosen: brought.Chosen, At: r.Now().UnixMicro()})
	if err != nil {
		return err
	}
	return r.See(r.To(consentPath, consent.Ticket, sealed))
}

// asked is a visit of the page: a request, and the person who is asked about it.
type asked struct {
	*web.Request
	auth    identity.Authentication
	ticket  ticket
	request *oauth.AuthorizationRequest
}

// asking lets in who comes from the authorize endpoint with this very request and
// session; it leads anybody else back there, to begin anew.
func asking(handle func(*asked) error) web.Handler {
	return func(r *web.Request) error {
		if !r.ForApp() {
			return r.See(r.Path("/"))
		}
		v, query := asked{Request: r}, r.Ask.Query
		auth, err := r.Auth()
		if err != nil {
			return err
		}
		ours := r.OpenState("consent", either(r.Form.Get(consent.Ticket), r.Arg(consent.Ticket)), &v.ticket)
		if !ours || !auth.Valid() || v.ticket.Session != auth.Session() || v.ticket.Query != queryHash(query) {
			return anew(r, query)
		}
		if v.request, err = r.Asking(); err != nil {
			return err
		}
		if v.request == nil { // it is no longer good; the endpoint says why
			return anew(r, query)
		}
		v.auth = auth
		return handle(&v)
	}
}

func anew(r *web.Request, query url.Values) error {
	return r.See(r.Path("/oauth2/authorize") + "?" + query.Encode())
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// showConsent asks.
func showConsent(v *asked) error {
	accounts := identity.Accounts{Core: v.Server().Identity}
	me, _, err := accounts.Me(v.Ctx(), v.auth)
	if err != nil {
		return err
	}
	sealed, err := v.SealState("consent", v.ticket)
	if err != nil {
		return err
	}
	ask := oauth.AskConsent(v.request, v.auth)
	props := consent.Props{
		Page: v.Layout(), Action: v.Path(consentPath), Ticket: sealed, Shown: ask.Shown, Place: ask.Place, Name: web.NameOf(&me),
		OtherURL: v.To("/login"), Gets: optional(v.Gets(ask.Gets), ask.Optional),
	}
	props.Styles = append(props.Styles, gets.Styles)
	props.ReturnHost = "" // the lead says it
	if ask.Stranger {
		props.Stranger = either(web.HostOfDocument(&v.request.Client), ask.Place)
	}
	return v.HTML(http.StatusOK, consent.View(props))
}

// optional turns what may be left out into checkboxes, all of them ticked.
func optional(all gets.Props, scopes []string) gets.Props {
	for i, g := range all.Groups {
		for j, one := range g.Permissions {
			if slices.Contains(scopes, one.Value) {
				all.Groups[i].Permissions[j].Field, all.Groups[i].Permissions[j].Checked = scopeField+one.Value, true
			}
		}
	}
	return all
}

// answerConsent is either button.
func answerConsent(v *asked) error {
	query, at, server := v.Ask.Query, v.Ask.At, v.Server().OAuth
	switch v.Form.Get(consent.Answer) {
	case consent.Deny:
		answer, err := server.DenyConsent(v.Ctx(), v.auth, v.Pool.ID, query, at, v.Origin())
		if err != nil {
			return err
		}
		return v.Answer(answer)
	case consent.Allow:
	default:
		return showConsent(v)
	}
	allowed := oauth.ConsentAnswer{Shown: v.Form.Get(consent.Shown), Origin: v.Origin()}
	for _, scope := range oauth.AskConsent(v.request, v.auth).Optional {
		if v.Form.Get(scopeField+scope) == "" {
			allowed.Left = append(allowed.Left, scope)
		}
	}
	decision, err := server.Authorize(v.Ctx(), v.Pool.ID, query, oauth.AuthorizeState{
		Auth: v.auth, AskedAt: at, Chosen: v.ticket.Chosen, Met: v.Now().Sub(time.UnixMicro(v.ticket.At)) < metFor, Consent: &allowed,
	})
	if err != nil {
		return err
	}
	return follow(v.Request, web.Brought{Query: query, At: at, Chosen: v.ticket.Chosen}, decision, v.auth)
}
