package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/oauth"
)

// deadline bounds the work on one request.
const deadline = 20 * time.Second

// Request is one request on its way through a front end. Echo's context stays
// inside: its Bind and FormValue guess, and must not be within reach.
type Request struct {
	ID   string        // reference number, in the log and on failure pages
	Pool identity.Pool // the pool that path and host name
	Form Values        // the posted form, decoded strictly; empty for a GET
	Body []byte        // the JSON that was posted, for routes that take it; valid UTF-8
	File Upload        // the form's file, for routes that take one
	Lang language.Tag  // the language of the page
	Ask  *Asked        // the authorization request to come back to, or nil

	echo     echo.Context
	server   *Server
	began    time.Time
	kind     Kind
	cors     bool
	routed   bool
	address  netip.Addr
	domain   string             // host of the pool's domain that the request came to; "" at our own
	home     identity.PoolID    // whose domain that is
	flow     string             // the flow cookie, also when it is only now being set
	page     string             // where a GET shows the page at hand
	failing  bool               // the page says what failed; it has no form
	again    bool               // the form did not prove where it comes from and is shown once more
	targets  []string           // what form-action names beside ourselves
	loads    []string           // whose scripts and frames the page may load beside ours
	frames   []string           // whose pages it may show in frames
	awayOnly bool               // the page posts to another site only
	otherWay string             // past the provider that the browser is on its way to
	joining  bool               // the trip at hand joins an identity to an account
	proving  identity.AttemptID // the attempt that the trip at hand proves the owner of
	auth     identity.Authentication
	resumed  bool
	asking   *oauth.AuthorizationRequest
	over     *Asked   // the request to come back to that is no longer good
	concern  *Concern // where the path does not say what the request is about
}

const requestKey = "poolhouse.request"

func requestOf(c echo.Context) *Request {
	r, _ := c.Get(requestKey).(*Request)
	return r
}

func (s *Server) newRequest(c echo.Context) (*Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), deadline)
	r := &Request{echo: c, ID: reference(), server: s, began: s.Now(), Form: Values{url.Values{}}}
	if address, err := netip.ParseAddr(c.RealIP()); err == nil {
		r.address = address.Unmap()
	}
	c.SetRequest(c.Request().WithContext(oauth.WithAddress(ctx, r.address)))
	c.Set(requestKey, r)
	return r, cancel
}

// reference makes a reference number: short enough to read out on the phone.
func reference() string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw)
}

// Ctx answers the context of the request, with its deadline.
func (r *Request) Ctx() context.Context { return r.echo.Request().Context() }

// HTTP answers the request as it came. Its address and scheme are not to be believed.
func (r *Request) HTTP() *http.Request { return r.echo.Request() }

// Header answers the header of the response.
func (r *Request) Header() http.Header { return r.echo.Response().Header() }

// Server answers the server the request came to.
func (r *Request) Server() *Server { return r.server }

// Now answers the server's time.
func (r *Request) Now() time.Time { return r.server.Now() }

// Query decodes the query strictly.
func (r *Request) Query() (Values, error) { return Strict(r.HTTP().URL.RawQuery) }

// Arg answers one parameter of the query; "" when it is absent or the query is malformed.
func (r *Request) Arg(name string) string {
	q, err := r.Query()
	if err != nil {
		return ""
	}
	return q.Get(name)
}

// Origin says where the request comes from, for counting, audit and session lists.
func (r *Request) Origin() identity.Origin {
	return identity.Origin{
		Address: r.address, UserAgent: shorten(r.HTTP().UserAgent(), 512), Request: r.ID,
		Browser: r.Cookie(BrowserCookie), Locale: r.Lang.String(), Base: r.origin(),
	}
}

func shorten(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	if !clean(s) {
		return ""
	}
	return s
}

// Flow answers the secret that binds this browser's attempts, setting or
// renewing its cookie.
func (r *Request) Flow() string {
	if r.flow == "" {
		if r.flow = r.Cookie(FlowCookie); r.flow == "" {
			r.flow = otp.NewToken()
		}
		r.SetCookie(FlowCookie, r.flow, flowLife)
	}
	return r.flow
}

// Channel binds attempts to this browser.
func (r *Request) Channel() identity.Channel {
	sum := sha256.Sum256([]byte("browser\x00" + r.Flow()))
	return identity.Channel(hex.EncodeToString(sum[:]))
}

// Auth answers who is signed in with this browser; the zero value when nobody is.
func (r *Request) Auth() (identity.Authentication, error) {
	cookie := r.Cookie(SessionCookie)
	if r.resumed || cookie == "" {
		return r.auth, nil
	}
	sessions := identity.Sessions{Core: r.server.Identity}
	auth, err := sessions.Resume(r.Ctx(), r.Pool.ID, cookie)
	if code, ok := identity.CodeOf(err); ok && code == identity.SessionEnded {
		err = nil
	}
	if err != nil {
		return identity.Authentication{}, err
	}
	r.auth, r.resumed = auth, true
	return auth, nil
}

// SignedIn hands the browser its new session in place of the one it had, whose
// cookie is worth nothing from then on (no session fixation). Where that was the
// same person's, the new one continues it; any other ends.
func (r *Request) SignedIn(done *identity.SignedIn) error {
	sessions := identity.Sessions{Core: r.server.Identity}
	auth, same, err := sessions.Continue(r.Ctx(), r.Pool.ID, r.Cookie(SessionCookie), done.Cookie)
	if err != nil {
		return err
	}
	if same {
		done.Auth = auth
	} else if err := r.endSession(); err != nil {
		return err
	}
	r.SetCookie(SessionCookie, done.Cookie, 0)
	if done.Browser != "" {
		r.SetCookie(BrowserCookie, done.Browser, browserLife)
	}
	r.flow = ""
	r.SetCookie(FlowCookie, "", -time.Second)
	r.auth, r.resumed = done.Auth, true
	r.KeepState()
	return nil
}

// SignOut ends the browser's session, makes it forget its cookies, and clears
// what it keeps of our pages. It keeps which way in was used last: the next
// sign-in shows it, and it says nothing of the person.
func (r *Request) SignOut() error {
	if err := r.endSession(); err != nil {
		return err
	}
	r.DropCookie(SessionCookie)
	r.DropCookie(FlowCookie)
	if r.server.Federation != nil {
		r.SetCookie(PickerCookie, "1", pickerLife) // the next person may have another account there
	}
	r.Header().Set("Clear-Site-Data", `"cache"`)
	r.auth, r.resumed = identity.Authentication{}, true
	r.KeepState()
	return nil
}

func (r *Request) endSession() error {
	cookie := r.Cookie(SessionCookie)
	if cookie == "" {
		return nil
	}
	sessions := identity.Sessions{Core: r.server.Identity}
	err := sessions.End(r.Ctx(), r.Pool.ID, cookie)
	if code, ok := identity.CodeOf(err); ok && code == identity.SessionEnded {
		return nil
	}
	return err
}

// See leads the browser on with a GET (303).
func (r *Request) See(location string) error {
	r.Header().Set("Cache-Control", "no-store")
	if r.hopped() {
		return r.refresh("", location)
	}
	return r.echo.Redirect(http.StatusSeeOther, location)
}

// Leave leads the browser to another site, by a URL that was validated (302,
// as RFC 6749 §4.1.2 shows it; nothing of a form travels along).
func (r *Request) Leave(location string) error {
	if r.HTTP().Method == http.MethodPost {
		return r.See(location)
	}
	r.Header().Set("Cache-Control", "no-store")
	return r.echo.Redirect(http.StatusFound, location)
}

var errNoPool = errors.New("no such pool")
