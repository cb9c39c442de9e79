package cognito

import (
	"net/http"

	"poolhouse.dev/web"
)

// Routes lists the API on the public listener: AWS SDKs post to the path of the
// endpoint they are given, the root or a pool's.
func (h *Handler) Routes() []web.Route {
	return []web.Route{
		{Method: http.MethodPost, Path: "/", Kind: web.API, Handle: h.public, Raw: true, CORS: true},
		{Method: http.MethodPut, Path: uploadPath, Kind: web.API, Handle: h.upload, Raw: true},
	}
}

// public answers an operation to whoever sent it: nobody is known by where they are.
func (h *Handler) public(r *web.Request) error {
	if !r.Targeted() {
		return &web.Refusal{Status: http.StatusMethodNotAllowed, Message: "method_not_allowed"}
	}
	c := Caller{Origin: r.Origin(), Concern: r.Concerning()}
	c.Origin.Browser = "" // no cookie counts here
	if !r.AtRoot() || r.Domain() != "" {
		c.At, c.Concern.Pool = r.Pool.ID, r.Pool.ID
	}
	if r.Domain() == "" {
		c.Origin.Base = "" // apps call where they like, and their people are elsewhere
	}
	return r.Hand(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h.ServeHTTP(w, req.WithContext(WithCaller(req.Context(), c)))
	}))
}
