package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/identity"
)

// Kind decides how a route's errors look, what its headers are and what guards it.
type Kind int

// The kinds of route.
const (
	Page     Kind = iota // HTML for people; a POST must prove that it comes from our own form
	API                  // JSON for programs, never cached
	Document             // JSON anybody may keep for a while: discovery, JWKS
	Plain                // probes and our own files; no pool is looked up
	Asset                // files of a pool
)

// Handler answers a request; what it returns is rendered in one place.
type Handler func(*Request) error

// Route is one line of a front end's list.
type Route struct {
	Method string
	Path   string
	Kind   Kind
	Handle Handler
	// Again shows a page's form once more when its post does not prove where it
	// comes from; nil leads to the GET of the same path.
	Again Handler
	// Foreign says that other sites may send this form (OpenID Connect Core
	// §3.1.2.1 POST, RP-Initiated Logout §2): it needs no form proof.
	Foreign bool
	// Page is the path whose GET shows the form that is posted here, where that
	// is another one.
	Page string
	// Root says that the route is not repeated below each pool's path.
	Root bool
	// Upload lets the form hold one file of so many bytes (multipart/form-data);
	// 0 takes none.
	Upload int64
	// Large is how many bytes the form may have, where MaxForm is too little.
	Large int64
	// JSON is how many bytes of JSON the request may bring in place of a form; 0 takes none.
	JSON int64
	// Raw leaves the body to the handler, which bounds it.
	Raw bool
	// CORS says that scripts of any site may call it, without cookies.
	CORS bool
}

// Add registers routes at the root, for the default pool, and at /{pool id}.
func (s *Server) Add(routes ...Route) {
	for _, route := range routes {
		s.register("", route)
		if route.Root {
			continue
		}
		s.register("/:pool", route)
		if route.Path == "/" {
			route.Path = "" // a pool's base URL, which is its issuer, ends in no slash
			s.register("/:pool", route)
		}
	}
}

func (s *Server) register(prefix string, route Route) {
	path := prefix + route.Path
	s.echo.Add(route.Method, path, s.serve(route))
	if route.Method == http.MethodGet {
		s.echo.Add(http.MethodHead, path, s.serve(route))
	}
	if route.CORS {
		s.echo.Add(http.MethodOptions, path, s.serve(Route{Kind: route.Kind, CORS: true, Handle: preflight}))
	}
}

// serve puts the guards every route has before its handler.
func (s *Server) serve(route Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := requestOf(c)
		r.kind, r.cors, r.routed = route.Kind, route.CORS, true
		if err := r.choosePool(c.Param("pool"), c.Path()); err != nil {
			return err
		}
		r.page = r.HTTP().URL.Path
		if route.Page != "" {
			r.page = r.Path(route.Page)
		}
		done, err := r.read(route)
		defer done()
		if err != nil {
			return err
		}
		if r.mustProve(route) && !r.proven() {
			return r.startAgain(route)
		}
		return route.Handle(r)
	}
}

// read decodes what came: the request to come back to and the form. done lets go
// of what was held for a file.
func (r *Request) read(route Route) (done func(), err error) {
	done = func() {}
	r.readAsked() // first from the query: a form that can't be read leads back to its app
	r.chooseLanguage()
	if route.JSON > 0 {
		r.Body, err = readJSON(r.HTTP(), route.JSON)
		return done, err
	}
	if r.HTTP().Method != http.MethodPost || route.Raw {
		return done, nil
	}
	if route.Upload > 0 {
		done, err = r.readFile(route.Upload)
	} else {
		r.Form, err = readForm(r.HTTP(), max(MaxForm, route.Large))
	}
	if err != nil {
		r.Form = Values{url.Values{}}
		return done, err
	}
	r.readAsked()
	r.chooseLanguage()
	return done, nil
}

// choosePool loads the pool the path names; the root is the default pool's. At the
// domain of a pool there is no other.
func (r *Request) choosePool(name, path string) error {
	id := identity.PoolID(name)
	if id == "" {
		if strings.HasPrefix(path, "/:pool") {
			return notFound(errNoPool) // "//login" names an empty pool
		}
		id = r.homePool()
	}
	if r.domain != "" && id != r.home {
		r.routed = false
		return notFound(errNoPool)
	}
	r.Pool.ID = id
	if r.kind == Plain {
		return nil
	}
	settings := identity.Settings{Core: r.server.Identity}
	pool, err := settings.Pool(r.Ctx(), id)
	if code, ok := identity.CodeOf(err); ok && code == identity.PoolNotFound {
		r.Pool.ID, r.routed = "", false
		return notFound(err)
	}
	if err != nil {
		return err
	}
	r.Pool = pool
	return nil
}

func preflight(r *Request) error {
	h := r.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Cache-Control, Content-Type, DPoP, MCP-Protocol-Version, "+
		"X-Amz-Target, X-Amz-User-Agent, X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token, Amz-Sdk-Request, Amz-Sdk-Invocation-Id")
	h.Set("Access-Control-Max-Age", "86400")
	r.corsHeaders()
	return r.echo.NoContent(http.StatusNoContent)
}
