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
		case !ofPool(p, each) && !slices.Contains(c.Resources, each):
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

func ofPool(p *identity.Pool, resource string) bool {
	return slices.ContainsFunc(p.ResourceServers, func(s identity.ResourceServer) bool { return s.Identifier == resource })
}

// narrowResources answers which of the granted resources the next tokens are
// for. RFC 8707 §2.2: a token request names part of them, none meaning all. A
// grant for no API in particular may be used for any that the client may name.
func narrowResources(p *identity.Pool, c *identity.Client, granted, asked []string) ([]string, *Error) {
	wanted, refused := readResources(p, c, asked)
	if refused != nil || len(wanted) == 0 {
		return granted, refused
	}
	if len(granted) > 0 && slices.ContainsFunc(wanted, func(r string) bool { return !slices.Contains(granted, r) }) {
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
