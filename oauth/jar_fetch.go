package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
)

// fetchedObject is how long a request object that was fetched serves. OpenID
// Connect Core §6.2 lets it be kept; each page of a sign-in looks at it.
var fetchedObject = fetch.Rule{Fresh: 5 * time.Minute, Retry: time.Second, Keep: time.Hour}

// fetchObject answers the request object at an address that the client registered
// (OpenID Connect Core §6.2, RFC 9101 §5.2.2). No other address is ever asked.
func (p *Provider) fetchObject(ctx context.Context, c *identity.Client, uri string) (string, *Error) {
	address, hash, _ := strings.Cut(uri, "#")
	if len(c.RequestURIs) == 0 {
		return "", refuse(RequestURINotSupported, "The client has no request_uris.")
	}
	if !slices.Contains(c.RequestURIs, address) {
		return "", refuse(InvalidRequestURI, "The request_uri is none of the client's request_uris.")
	}
	text, err := p.objectAt(ctx, address, hash)
	if err != nil {
		return "", &Error{Code: InvalidRequestURI, Description: "The request object cannot be fetched.", Err: err}
	}
	if !hashed(text, hash) {
		return "", refuse(InvalidRequestURI, "The request object is another than the request_uri says.")
	}
	return strings.TrimSpace(text), nil
}

// objectAt answers the object that is kept of an address. A hash of another one has
// it fetched anew, at its rule's pace: whoever makes up hashes has nothing kept and
// nobody asked for each.
func (p *Provider) objectAt(ctx context.Context, address, hash string) (string, error) {
	key, get := "request object "+address, func(ctx context.Context) (string, error) { return p.getObject(ctx, address) }
	text, err := fetch.Load(ctx, p.ClientKeys.Cache, key, p.Now(), fetchedObject, get)
	if err != nil || hashed(text, hash) {
		return text, err
	}
	return fetch.Reload(ctx, p.ClientKeys.Cache, key, p.Now(), fetchedObject, get)
}

// hashed says that a text has this hash (OpenID Connect Core §6.2); "" is any.
func hashed(text, hash string) bool {
	sum := sha256.Sum256([]byte(text))
	return hash == "" || base64.RawURLEncoding.EncodeToString(sum[:]) == hash
}

func (p *Provider) getObject(ctx context.Context, address string) (string, error) {
	answer, err := p.ClientKeys.Client.Get(ctx, address, map[string]string{"Accept": "application/oauth-authz-req+jwt, application/jwt"})
	if err != nil {
		return "", err
	}
	if answer.Status != 200 || len(answer.Body) > maxObject {
		return "", fmt.Errorf("the request object answers with status %d and %d bytes", answer.Status, len(answer.Body))
	}
	return string(answer.Body), nil
}
