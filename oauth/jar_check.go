package oauth

import (
	"slices"
	"time"
)

const (
	// objectLife is how old a request object may be, and how long it may live, where
	// a profile asks (FAPI 2.0 Message Signing §5.3.1).
	objectLife = time.Hour
	// objectSkew is how far the clock of a client may be off.
	objectSkew = 30 * time.Second
)

// objectCheck is what one check of a request object looks at.
type objectCheck struct {
	*requestObject
	q      *AuthorizationRequest
	issuer string
	now    time.Time // when the browser first brought it: a sign-in may take longer than the object lives
	strict bool      // the profile wants every claim
}

// objectChecks hold a request object whose signature is right, or that needs none.
var objectChecks = []struct {
	clause, reason string
	passes         func(*objectCheck) bool
}{
	{"RFC 9101 §10.8: typ: signed for this purpose", "its typ is another than oauth-authz-req+jwt", func(o *objectCheck) bool {
		return slices.Contains([]string{"", "JWT", "oauth-authz-req+jwt"}, o.typ)
	}},
	{"RFC 9101 §10.8: no assertion that the client proves itself with", "its sub is the client", func(o *objectCheck) bool {
		return o.claims.Subject != string(o.q.Client.ID)
	}},
	{"RFC 9101 §4, §5: client_id is the client outside", "its client_id is another client", func(o *objectCheck) bool {
		inside := o.form["client_id"]
		return len(inside) == 0 || len(inside) == 1 && inside[0] == string(o.q.Client.ID)
	}},
	{"RFC 9101 §4: iss is the client", "its iss is not the client", func(o *objectCheck) bool {
		return o.claims.Issuer == string(o.q.Client.ID) || o.claims.Issuer == "" && !o.strict
	}},
	{"RFC 9101 §4: aud is us", "its aud is not the issuer", func(o *objectCheck) bool {
		return slices.Contains(o.claims.Audience.Values, o.issuer) || len(o.claims.Audience.Values) == 0 && !o.strict
	}},
	{"RFC 7519 §4.1.4: exp", "its exp has passed or is missing", func(o *objectCheck) bool {
		return o.claims.Expires.Set && o.now.Before(o.claims.Expires.Add(objectSkew)) || !o.claims.Expires.Set && !o.strict
	}},
	{"RFC 7519 §4.1.5: nbf", "its nbf has not come or is missing", func(o *objectCheck) bool {
		return o.claims.NotBefore.Set && !o.claims.NotBefore.After(o.now.Add(objectSkew)) || !o.claims.NotBefore.Set && !o.strict
	}},
	{"FAPI 2.0 Message Signing §5.3.1: nbf at most an hour ago", "its nbf is more than an hour ago", func(o *objectCheck) bool {
		return !o.strict || !o.claims.NotBefore.Before(o.now.Add(-objectLife))
	}},
	{"FAPI 2.0 Message Signing §5.3.1: exp at most an hour after nbf", "it lives for more than an hour", func(o *objectCheck) bool {
		return !o.strict || !o.claims.Expires.After(o.claims.NotBefore.Add(objectLife))
	}},
	{"RFC 9101 §4: no request within a request", "it holds a request or request_uri", func(o *objectCheck) bool {
		return len(o.form["request"]) == 0 && len(o.form["request_uri"]) == 0
	}},
	{"OpenID Connect Core §6.1: response_type outside is that inside", "its response_type is another than that outside", func(o *objectCheck) bool {
		outside := o.q.form.get("response_type")
		return outside == "" || o.form.get("response_type") == "" || sameWords(outside, o.form.get("response_type"))
	}},
}

// checkObject holds a request object against the request that brought it.
func (p *Provider) checkObject(q *AuthorizationRequest, object *requestObject) *Error {
	o := objectCheck{requestObject: object, q: q, issuer: p.Issuer(q.Pool.ID), now: p.Now(), strict: q.Client.RequireSignedRequest && q.Client.FAPI()}
	if !q.asked.IsZero() {
		o.now = q.asked
	}
	for _, check := range objectChecks {
		if !check.passes(&o) {
			return refuse(InvalidRequestObject, "The request object is refused: "+check.reason+".")
		}
	}
	return nil
}
