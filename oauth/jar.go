package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
)

const (
	maxObject = 64 << 10
	algNone   = "none"
)

// requestObject is a request object that has been read.
type requestObject struct {
	typ    string
	signed bool
	claims jws.Claims
	form   form // its parameters
}

// findObject reads the request object of a request, if it has one, and puts its
// parameters in place of those that came (RFC 9101 §5).
func (p *Provider) findObject(ctx context.Context, q *AuthorizationRequest) (*Error, error) {
	text, uri := q.form.get("request"), q.form.get("request_uri")
	if text != "" && uri != "" {
		return refuse(InvalidRequest, "The request has both request and request_uri."), nil
	}
	if uri != "" {
		var refused *Error
		if text, refused = p.fetchObject(ctx, &q.Client, uri); refused != nil {
			return refused, nil
		}
	}
	object, refused, err := p.readObject(ctx, &q.Client, text)
	if err != nil || refused != nil {
		return refused, err
	}
	if refused := p.checkObject(q, object); refused != nil {
		return refused, nil
	}
	object.form["client_id"] = []string{string(q.Client.ID)}
	q.form, q.sealed = object.form, object.signed
	return nil, nil
}

// readObject verifies a request object: with the client's keys, its secret, or,
// where the client is registered for that, not at all.
func (p *Provider) readObject(ctx context.Context, c *identity.Client, text string) (*requestObject, *Error, error) {
	raw, object := json.RawMessage(nil), &requestObject{signed: true}
	var err error
	if c.RequestSigningAlg == algNone {
		object.signed = false
		raw, object.typ, err = plainObject(text)
	} else {
		raw, object.typ, err = p.signedObject(ctx, c, text)
	}
	var bad *jws.Error
	switch {
	case errors.As(err, &bad):
		return nil, refuse(InvalidRequestObject, "The request object is refused: "+bad.Reason+"."), nil
	case errors.Is(err, errUnsigned):
		return nil, refuse(RequestNotSupported, "The client has registered neither a key to sign request objects with nor to leave them unsigned."), nil
	case errors.Is(err, keyset.ErrUnavailable):
		return nil, &Error{Code: InvalidRequestObject, Description: "The keys of the client cannot be had.", Err: err}, nil
	case err != nil:
		return nil, nil, err
	}
	if json.Unmarshal(raw, &object.claims) != nil {
		return nil, refuse(InvalidRequestObject, "A claim of the request object cannot be read."), nil
	}
	var refused *Error
	object.form, refused = objectForm(raw)
	return object, refused, nil
}

func (p *Provider) signedObject(ctx context.Context, c *identity.Client, text string) (raw json.RawMessage, typ string, err error) {
	algs := takenAlgs(c, c.RequestSigningAlg)
	if c.RequestSigningAlg == "" && len(c.Secret) > 0 && !c.FAPI() && c.JWKS == nil && c.JWKSURI == "" {
		algs = []string{jws.HMAC} // it has no other key
	}
	if keyless := c.JWKS == nil && c.JWKSURI == "" && len(c.Secret) == 0; keyless || unsigned(text) && c.RequestSigningAlg == "" && !c.RequireSignedRequest {
		return nil, "", errUnsigned
	}
	token, err := jws.Parse(text, maxObject, algs)
	if err != nil {
		return nil, "", err
	}
	if token.Algorithm == jws.HMAC {
		err = p.verifyBySecret(ctx, c, token, &raw)
	} else {
		err = p.ClientKeys.Verify(ctx, keyset.OfClient(c), token, &raw)
	}
	return raw, token.Type, err
}

// verifyBySecret reads an object that one of the client's secrets signed.
func (p *Provider) verifyBySecret(ctx context.Context, c *identity.Client, token *jws.Token, claims any) error {
	var secrets []string
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		secrets, err = p.settings().LiveSecrets(r, *c)
		return err
	})
	if err != nil {
		return err
	}
	return verifySecrets(secrets, token, claims)
}

// errUnsigned: OpenID Connect Core §6.1: what is not signed is an option that this
// client has not registered for.
var errUnsigned = errors.New("the request object is not signed")

func unsigned(text string) bool {
	head, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	var header struct {
		Algorithm string `json:"alg"`
	}
	return err == nil && json.Unmarshal(raw, &header) == nil && header.Algorithm == algNone
}

// plainObject reads an object without a signature (OpenID Connect Core §6.1).
func plainObject(text string) (json.RawMessage, string, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[2] != "" || len(text) > maxObject {
		return nil, "", &jws.Error{Reason: "it is no JWT without a signature"}
	}
	var header struct {
		Algorithm string   `json:"alg"`
		Type      string   `json:"typ"`
		Critical  []string `json:"crit"`
	}
	head, headErr := base64.RawURLEncoding.DecodeString(parts[0])
	body, bodyErr := base64.RawURLEncoding.DecodeString(parts[1])
	var members map[string]any
	if headErr != nil || bodyErr != nil || !strictJSON(string(head), &header) || !strictJSON(string(body), &members) || members == nil {
		return nil, "", &jws.Error{Reason: "it cannot be read"}
	}
	if header.Algorithm != algNone || header.Critical != nil {
		return nil, "", &jws.Error{Reason: "the client is registered for request_object_signing_alg none"}
	}
	return body, header.Type, nil
}

// ofTheToken are claims of the JWT itself, which are no parameters (RFC 9101 §4).
var ofTheToken = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// objectForm answers the parameters of a request object as a form would carry
// them: numbers and texts plainly, what is JSON in a form as JSON, a list of
// resources as several.
func objectForm(raw json.RawMessage) (form, *Error) {
	bad := refuse(InvalidRequestObject, "A parameter of the request object cannot be read.")
	var members map[string]json.RawMessage
	if !strictJSON(string(raw), &members) {
		return nil, bad
	}
	f := form{}
	for name, value := range members {
		if slices.Contains(ofTheToken, name) {
			continue
		}
		texts, ok := parameterOf(name, value)
		if !ok {
			return nil, bad
		}
		f[name] = texts
	}
	return f, nil
}

// parameterOf answers the values of a member; null is none.
func parameterOf(name string, value json.RawMessage) ([]string, bool) {
	var text string
	var texts []string
	switch {
	case string(value) == "null":
		return nil, true
	case json.Unmarshal(value, &text) == nil:
		return []string{text}, true
	case name == "resource": // RFC 8707 §2
		err := json.Unmarshal(value, &texts)
		return texts, err == nil
	}
	return []string{string(value)}, true
}
