package web

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// Asked is the authorization request a browser came with. It travels sealed in
// the parameter "request", in URLs and forms, and never expires: the authorize
// endpoint validates it again when the browser comes back. So every tab keeps
// its own app, and a page left open overnight still leads there.
type Asked struct {
	Query url.Values // as the app sent it; nil when no app asked
	Page  string     // the page of ours to come back to, with its query, when no app asked
	// Client is the app that Page serves, whose demands the sign-in has to meet; ""
	// for none.
	Client identity.ClientID
	Langs  string    // ui_locales that stand in a pushed or signed request
	At     time.Time // when the browser first brought it
}

// RequestField names the parameter and the form field of the sealed request.
const RequestField = "request"

// askedParam carries the time when a request was first brought back to the authorize endpoint.
const askedParam = "ph_asked"

type sealedAsked struct {
	Query  string            `json:"q,omitempty"`
	Page   string            `json:"page,omitempty"`
	Client identity.ClientID `json:"c,omitempty"`
	Langs  string            `json:"l,omitempty"`
	At     int64             `json:"at"` // microseconds since 1970
}

// seal prints the request with a MAC over it and its pool.
func (r *Request) seal(a *Asked) string {
	sealed, err := r.SealState("request", sealedAsked{Query: a.Query.Encode(), Page: a.Page, Client: a.Client, Langs: a.Langs, At: a.At.UnixMicro()})
	if err != nil {
		return "" // two plain fields always marshal
	}
	return sealed
}

// unseal answers the request, or nil for one that is broken or not ours.
func (r *Request) unseal(sealed string) *Asked {
	var s sealedAsked
	if !r.OpenState("request", sealed, &s) {
		return nil
	}
	asked := &Asked{Page: s.Page, Client: s.Client, Langs: s.Langs, At: time.UnixMicro(s.At)}
	if asked.Page == "" {
		query, err := url.ParseQuery(s.Query)
		if err != nil {
			return nil
		}
		asked.Query = query
	}
	return asked
}

// SealState prints what a page must remember between its steps, with a MAC for
// the purpose. It is no secret to its reader.
func (r *Request) SealState(purpose string, v any) (string, error) {
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false) // an escaped "&" would make long URLs longer
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	body := base64.RawURLEncoding.EncodeToString(raw.Bytes())
	return body + "." + r.mac("state."+purpose, body), nil
}

// OpenState reads what SealState printed; false for anything else.
func (r *Request) OpenState(purpose, sealed string, v any) bool {
	body, mac, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(mac), []byte(r.mac("state."+purpose, body))) {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	return err == nil && json.Unmarshal(raw, v) == nil
}

func (r *Request) mac(purpose string, parts ...string) string {
	parts = append([]string{string(r.Pool.ID)}, parts...)
	return base64.RawURLEncoding.EncodeToString(r.server.Identity.Sealer.MAC("web."+purpose, parts...))
}

// readAsked takes the sealed request from the form, else from the query. A
// broken one counts as none: the page then leads home, which is no dead end.
func (r *Request) readAsked() {
	sealed := r.Form.Get(RequestField)
	if sealed == "" {
		sealed = r.Arg(RequestField)
	}
	if sealed != "" {
		r.Ask = r.unseal(sealed)
	}
}

// Sealed answers the request to come back to as the value of the field "request", or "".
func (r *Request) Sealed() string {
	if r.Ask == nil {
		return ""
	}
	return r.seal(r.Ask)
}

// To answers a path of this pool that carries the request along, with further
// name and value pairs.
func (r *Request) To(path string, pairs ...string) string {
	query := url.Values{}
	if sealed := r.Sealed(); sealed != "" {
		query.Set(RequestField, sealed)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return r.Path(path)
	}
	return r.Path(path) + "?" + query.Encode()
}

// Back answers where the browser goes once its person is signed in: to the
// authorize endpoint with the app's own query, or to the account pages.
func (r *Request) Back() string { return r.back("signed_in") }

// BackChosen is Back for a person who confirmed the account they are signed in with.
func (r *Request) BackChosen() string { return r.back(markChosen) }

const markChosen = "chosen"

func (r *Request) back(mark string) string {
	if r.over != nil { // the authorize endpoint says why it cannot be answered
		return r.Path("/oauth2/authorize") + "?" + r.over.Query.Encode()
	}
	if r.Ask == nil {
		return r.Path("/account")
	}
	if r.Ask.Page != "" {
		return r.Path(r.Ask.Page)
	}
	query := r.Ask.Query.Encode()
	at := strconv.FormatInt(r.Ask.At.UnixMicro(), 10)
	return r.Path("/oauth2/authorize") + "?" + query + "&" + askedParam + "=" + at + "." + mark + "." + r.markMAC(at, mark, query)
}

// markMAC holds a mark to the session it was made for: in another browser, or
// after the next sign-in, it says nothing.
func (r *Request) markMAC(at, mark, query string) string {
	return r.mac("asked", r.auth.Session(), at, mark, query)
}

// Brought is an authorize query as a browser brings it.
type Brought struct {
	Query  url.Values // the app's own parameters
	At     time.Time  // when this browser first brought them; zero on the first visit
	Chosen bool       // the person confirmed the account they are signed in with
}

// Brought splits an authorize query. A mark that is forged or was made for
// another session counts as a first visit; Auth has been asked before.
func (r *Request) Brought(query url.Values) Brought {
	own := url.Values{}
	for name, all := range query {
		if name != askedParam {
			own[name] = all
		}
	}
	at, rest, _ := strings.Cut(query.Get(askedParam), ".")
	mark, mac, _ := strings.Cut(rest, ".")
	if !hmac.Equal([]byte(mac), []byte(r.markMAC(at, mark, own.Encode()))) || !r.auth.Valid() {
		return Brought{Query: own}
	}
	micro, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return Brought{Query: own}
	}
	return Brought{Query: own, At: time.UnixMicro(micro), Chosen: mark == markChosen}
}

// asks answers a parameter of the app's request, wherever it came from. Asking
// has run before.
func (r *Request) asks(name string) string {
	if r.asking == nil {
		return ""
	}
	return r.asking.Parameter(name)
}

// ForApp says that the page serves an app's request.
func (r *Request) ForApp() bool { return r.Ask != nil && r.Ask.Query != nil }

// Asking validates the request to come back to, for the page's app name,
// return host and form-action. It answers nil when there is none, or when it
// is no longer good: its client may be gone.
func (r *Request) Asking() (*oauth.AuthorizationRequest, error) {
	if !r.ForApp() || r.asking != nil {
		return r.asking, nil
	}
	asking, err := r.server.OAuth.CheckRequest(r.Ctx(), r.Pool.ID, r.Ask.Query, r.Ask.At)
	if isRefusal(err) {
		r.over, r.Ask = r.Ask, nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.asking = &asking
	return r.asking, nil
}
