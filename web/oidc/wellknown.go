package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// protectedResource answers the metadata of what takes the pool's tokens (RFC 9728 §3).
func protectedResource(r *web.Request) error { return resourceAt(r, "") }

// protectedUserInfo answers the metadata of the userinfo endpoint.
func protectedUserInfo(r *web.Request) error { return resourceAt(r, oauth.UserInfoPath) }

func resourceAt(r *web.Request, path string) error {
	document, err := r.Server().OAuth.ProtectedResource(r.Ctx(), r.Pool.ID, path)
	if err != nil {
		return err
	}
	return public(r, document)
}

// resourceMetadata is where a client that was refused finds out who gives tokens
// (RFC 9728 §5.1): the well-known part stands before the path of the resource.
func resourceMetadata(r *web.Request) string {
	at, err := url.Parse(r.Link(oauth.UserInfoPath))
	if err != nil {
		return "" // the server's own address
	}
	return `, resource_metadata="` + at.Scheme + "://" + at.Host + "/.well-known/oauth-protected-resource" + at.Path + `"`
}

// issuerRel is the relation by which a client finds an OpenID Provider (OpenID
// Connect Discovery §2).
const issuerRel = "http://openid.net/specs/connect/1.0/issuer"

// jrd is a JSON Resource Descriptor (RFC 7033 §4.4).
type jrd struct {
	Subject string    `json:"subject"`
	Links   []jrdLink `json:"links"`
}

type jrdLink struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

// webFinger names the issuer for every account and address of our host (OpenID
// Connect Discovery §2): that of a pool whose address it is, else that of the pool
// that was asked. It looks nobody up: the answer is the same whoever is asked about.
func webFinger(r *web.Request) error {
	query, err := url.ParseQuery(r.HTTP().URL.RawQuery)
	resource := query["resource"]
	if err != nil || len(resource) != 1 || len(resource[0]) > 1024 { // RFC 7033 §4.2
		return &oauth.Error{Code: oauth.InvalidRequest, Description: "The resource is missing, given twice or too long."}
	}
	if host := hostOfResource(resource[0]); host == "" || !r.Serves(host) {
		return &web.Refusal{Status: http.StatusNotFound, Message: "not_found", Detail: "no such resource on this host"}
	}
	pool, err := poolOfResource(r, resource[0])
	if err != nil {
		return err
	}
	answer := jrd{Subject: resource[0], Links: []jrdLink{}}
	if rels := query["rel"]; len(rels) == 0 || slices.Contains(rels, issuerRel) { // RFC 7033 §4.3
		answer.Links = append(answer.Links, jrdLink{Rel: issuerRel, Href: r.Server().URL(pool, "")})
	}
	return r.PublicAs("application/jrd+json", answer)
}

// poolOfResource answers the pool whose addresses begin as the resource does; for
// every other resource the one that was asked.
func poolOfResource(r *web.Request, resource string) (identity.PoolID, error) {
	at, err := url.Parse(resource)
	if err != nil || at.Host == "" || r.Domain() != "" {
		return r.Pool.ID, nil
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(at.Path, "/"), "/")
	settings := identity.Settings{Core: r.Server().Identity}
	pool, err := settings.Pool(r.Ctx(), identity.PoolID(first))
	if code, ok := identity.CodeOf(err); ok && code == identity.PoolNotFound {
		return r.Pool.ID, nil
	}
	return pool.ID, err
}

// hostOfResource answers the host of an acct: or https: resource; "" for any other.
func hostOfResource(resource string) string {
	if account, ok := strings.CutPrefix(resource, "acct:"); ok { // RFC 7565
		return account[strings.LastIndex(account, "@")+1:]
	}
	at, err := url.Parse(resource)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" {
		return ""
	}
	return at.Host
}
