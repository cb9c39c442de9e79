// Package sigv4 verifies requests that are signed with AWS Signature Version 4,
// in the form that AWS SDKs send to services with a JSON body: the signature in
// the Authorization header, over the whole body. It knows no keys and no store.
//
// Forms that are refused: presigned URLs, bodies signed in chunks, bodies that
// are not signed, other algorithms, and temporary credentials.
//
// Document: "AWS Signature Version 4 for API requests", AWS IAM User Guide.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Window is how far a request's time may be from ours.
const Window = 15 * time.Minute

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeForm   = "20060102T150405Z"
)

// Bounds on what is worked through before anybody is known.
const (
	maxAuthorization = 4 << 10
	maxPath          = 2 << 10
	maxHeader        = 64 << 10
)

// Error is a refusal under the name that AWS gives it.
type Error struct {
	Name    string
	Message string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

// incomplete refuses what cannot be read as a signature.
func incomplete(message string) error { return &Error{"IncompleteSignatureException", message} }

// invalid refuses a signature that does not hold.
func invalid(message string) error { return &Error{"InvalidSignatureException", message} }

// Mismatch is the refusal of a signature that was not made with the key; nothing
// else may be said of a key that is unknown.
func Mismatch() error {
	return invalid("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
}

// Signed is a request's claim to be signed: well-formed, in time and over this
// body. Whether it is true, By says.
type Signed struct {
	KeyID string
	At    time.Time // when it was signed, by the signer's clock

	scope     []string // date, region, service, terminator
	signature []byte
	toSign    string
}

// Read takes the claim from a request for a service. body is the whole body.
// The error is an *Error.
func Read(req *http.Request, body []byte, service string, now time.Time) (*Signed, error) {
	if presigned(req.URL.RawQuery) {
		return nil, incomplete("A signature in the query is not accepted. Sign in the Authorization header.")
	}
	claim, err := parse(req.Header.Values("Authorization"))
	if err != nil {
		return nil, err
	}
	if req.Header.Get("X-Amz-Security-Token") != "" {
		return nil, &Error{"UnrecognizedClientException", "The security token included in the request is invalid."}
	}
	if err := claim.dated(req.Header.Values("X-Amz-Date"), service, now); err != nil {
		return nil, err
	}
	if err := claim.covers(req); err != nil {
		return nil, err
	}
	hash, err := bodyHash(req.Header.Values("X-Amz-Content-Sha256"), body)
	if err != nil {
		return nil, err
	}
	canonical, err := canonicalRequest(req, claim.headers, hash)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(canonical))
	s := &claim.Signed
	s.toSign = strings.Join([]string{algorithm, s.At.Format(timeForm), strings.Join(s.scope, "/"), hex.EncodeToString(sum[:])}, "\n")
	return s, nil
}

// By says whether the request was signed with a secret, in constant time.
func (s *Signed) By(secret string) bool {
	key := []byte("AWS4" + secret)
	for _, part := range s.scope {
		key = sum(key, part)
	}
	return subtle.ConstantTimeCompare(sum(key, s.toSign), s.signature) == 1
}

// Signature answers the signature as it came, 32 bytes, by which a request is told
// from another.
func (s *Signed) Signature() []byte { return slices.Clone(s.signature) }

// Over is when the signature will be out of the window for good, also where a
// clock is slow.
func (s *Signed) Over() time.Time { return s.At.Add(2 * Window) }

func sum(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// claim is Signed while it is being read.
type claim struct {
	Signed
	headers []string // signed, sorted, in lower case
}

// parse reads the one Authorization header.
func parse(values []string) (*claim, error) {
	if len(values) == 0 || values[0] == "" {
		return nil, &Error{"MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	if len(values) > 1 || len(values[0]) > maxAuthorization {
		return nil, incomplete("There must be one Authorization header.")
	}
	name, rest, _ := strings.Cut(values[0], " ")
	if name != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm'. Sign with " + algorithm + ".")
	}
	parts := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[key]; !ok || twice {
			return nil, incomplete("The Authorization header is not well-formed.")
		}
		parts[key] = value
	}
	if len(parts) != 3 {
		return nil, incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
	}
	return readParts(parts["Credential"], parts["SignedHeaders"], parts["Signature"])
}

func readParts(credential, headers, signature string) (*claim, error) {
	c := &claim{}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[0] == "" || scope[2] == "" {
		return nil, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	c.KeyID, c.scope = scope[0], scope[1:]
	var err error
	c.signature, err = hex.DecodeString(signature)
	if err != nil || len(c.signature) != sha256.Size || strings.ToLower(signature) != signature {
		return nil, incomplete("Signature must be 64 hexadecimal digits in lower case.")
	}
	c.headers = strings.Split(headers, ";")
	if !slices.IsSorted(c.headers) || len(slices.Compact(slices.Clone(c.headers))) != len(c.headers) || strings.ToLower(headers) != headers {
		return nil, incomplete("SignedHeaders must be sorted, in lower case, and each named once.")
	}
	return c, nil
}

// dated holds the time and the scope against the clock and the service.
func (c *claim) dated(dates []string, service string, now time.Time) error {
	if len(dates) != 1 {
		return incomplete("Authorization header requires existence of one 'X-Amz-Date' header.")
	}
	at, err := time.Parse(timeForm, dates[0])
	if err != nil {
		return incomplete("Date must be in ISO-8601 'basic format'.")
	}
	if c.At = at; c.scope[0] != at.Format("20060102") {
		return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	}
	if c.scope[2] != service {
		return invalid("Credential should be scoped to correct service: '" + service + "'.")
	}
	if c.scope[3] != terminator {
		return invalid("Credential should be scoped with a valid terminator: '" + terminator + "'.")
	}
	if now.Sub(at) > Window {
		return invalid("Signature expired: " + dates[0] + " is now earlier than " + now.Add(-Window).UTC().Format(timeForm) + " (" + now.UTC().Format(timeForm) + " - 15 min.)")
	}
	if at.Sub(now) > Window {
		return invalid("Signature not yet current: " + dates[0] + " is still later than " + now.Add(Window).UTC().Format(timeForm) + " (" + now.UTC().Format(timeForm) + " + 15 min.)")
	}
	return nil
}

// covers demands that what decides a request's meaning is signed: the host and
// every header of Amazon's, X-Amz-Target above all.
func (c *claim) covers(req *http.Request) error {
	if !slices.Contains(c.headers, "host") {
		return invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range req.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(c.headers, lower) {
			return invalid("'" + name + "' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	for _, name := range c.headers {
		if !present(req, name) {
			return invalid("A header of SignedHeaders is not in the request.")
		}
	}
	return nil
}

// bodyHash answers the hash of the body, which a request may name itself.
func bodyHash(named []string, body []byte) (string, error) {
	raw := sha256.Sum256(body)
	hash := hex.EncodeToString(raw[:])
	switch {
	case len(named) == 0:
		return hash, nil
	case len(named) > 1:
		return "", incomplete("There must be one X-Amz-Content-Sha256 header.")
	case strings.HasPrefix(named[0], "STREAMING-"), named[0] == "UNSIGNED-PAYLOAD":
		return "", incomplete("The body must be signed as a whole.")
	case named[0] != hash:
		return "", invalid("The value of X-Amz-Content-Sha256 is not the hash of the body.")
	}
	return hash, nil
}
