package oauth

import (
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

const maxResources = 20

// checkResources: RFC 8707 §2: every resource is an absolute URI without a
// fragment, of an API that the client may have tokens for.
func checkResources(q *AuthorizationRequest) (refused *Error) {
	q.Resources, refused = readResources(&q.Pool, &q.Client, q.form["resource"])
	return refused
}

func readResources(p *identity.Pool, c *identity.Client, given []string) ([]string, *Error) {
	var all []string
	for _, each := range given {
		switch {
		case each == "" || slices.Contains(all, each):
		case !isResource(each):
			return nil, refuse(InvalidTarget, "A resource is no absolute URI without a fragment.")
		case !mayName(p, c, each):
			return nil, refuse(InvalidTarget, "A resource is unknown or not allowed for this client.")
		default:
			all = append(all, each)
		}
	}
	if len(all) > maxResources {
		return nil, refuse(InvalidTarget, "There are more than 20 resources.")
	}
	return all, nil
}

func isResource(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.IsAbs() && !strings.Contains(text, "#")
}

// mayName says that the client may have tokens for an API.
func mayName(p *identity.Pool, c *identity.Client, resource string) bool {
	return ofPool(p, resource) || slices.Contains(c.Resources, resource)
}

func ofPool(p *identity.Pool, resource string) bool {
	return slices.ContainsFunc(p.ResourceServers, func(s identity.ResourceServer) bool { return s.Identifier == resource })
}

// narrowResources answers which of the granted resources the next tokens are
// for. RFC 8707 §2.2: a token request names part of them, none meaning all. A
// grant for no API in particular may be used for any that the client may name. What
// the client has lost since is left out.
func narrowResources(p *identity.Pool, c *identity.Client, granted, asked []string) ([]string, *Error) {
	left := slices.DeleteFunc(slices.Clone(granted), func(r string) bool { return !mayName(p, c, r) })
	wanted, refused := readResources(p, c, asked)
	switch {
	case refused != nil:
		return nil, refused
	case len(granted) > 0 && len(left) == 0:
		return nil, refuse(InvalidTarget, "The client no longer has any of the granted resources.")
	case len(wanted) == 0:
		return left, nil
	}
	if len(left) > 0 && slices.ContainsFunc(wanted, func(r string) bool { return !slices.Contains(left, r) }) {
		return nil, refuse(InvalidTarget, "A resource was not granted.")
	}
	return wanted, nil
}

// aim decides what the next tokens of a lineage are for: all that was granted, or
// the part that the token request names.
func (x *exchange) aim(g *Grant) (refused *Error) {
	if x.resources, refused = narrowResources(&x.pool, &x.client, g.Resources, x.form["resource"]); refused != nil {
		return refused
	}
	x.details, refused = narrowDetails(&x.client, g.Details, x.form.get("authorization_details"))
	return refused
}

// aimSelf is aim for a client that acts for itself: what it may name it is given.
func (x *exchange) aimSelf() (refused *Error) {
	if x.resources, refused = readResources(&x.pool, &x.client, x.form["resource"]); refused != nil {
		return refused
	}
	x.details, refused = readDetails(&x.client, x.form.get("authorization_details"))
	return refused
}
