// Package dpop checks proofs of possession: that who presents a token holds the
// key it was issued to (RFC 9449). It is pure: whether a proof comes twice is for
// the caller to remember, under Proof.ID until Proof.Until.
//
// Documents: RFC 9449 (DPoP), RFC 7638 (thumbprints), RFC 3986 §6.2 (how addresses
// are compared).
package dpop

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"poolhouse.dev/oauth/jws"
)

// Bounds of a proof. RFC 9449 sets none; clients stay far below.
const (
	maxProof = 8 << 10
	maxID    = 256
	// window is how far the clock of who makes a proof without a nonce may be off, to
	// both sides (§11.1).
	window = 5 * time.Minute
)

// ErrNonce asks for a proof with a nonce of ours (§8): there was none, or it is old.
var ErrNonce = errors.New("the DPoP proof needs a new nonce")

// ErrInvalid refuses a proof. The text says why, in words for developers.
var ErrInvalid = errors.New("invalid DPoP proof")

// Error is the check that a proof failed. It is an ErrInvalid.
type Error struct{ Reason string }

func (e *Error) Error() string { return "The DPoP proof is refused: " + e.Reason + "." }

// Is says that every Error is an ErrInvalid.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// Want is the request that a proof was made for.
type Want struct {
	Method string
	URL    string // as the client sees it, without query and fragment
	Token  string // the access token presented with it; "" where one is asked for
	// NonceOK says that a nonce is one of ours, and new enough; nil asks for none.
	NonceOK func(string) bool
	Now     time.Time
}

// Proof is a proof that holds.
type Proof struct {
	Key   string    // the thumbprint of its key (jkt): RFC 7638, SHA-256, base64url
	ID    string    // what may be seen once: the hash of key and jti
	At    time.Time // iat
	Until time.Time // from then on the same proof is refused for its age
}

// proof is what the checks look at.
type proof struct {
	*jws.Token
	claims claims
}

type claims struct {
	jws.Claims
	Method string  `json:"htm"`
	URL    string  `json:"htu"`
	Hash   *string `json:"ath"`
	Nonce  string  `json:"nonce"`
}

// check is one check of RFC 9449 §4.3, with its clause.
type check struct {
	clause string
	reason string
	passes func(*proof, *Want) bool
}

// headerChecks come before the signature: what it is and who says so.
var headerChecks = []check{
	{"RFC 9449 §4.3 no. 4: typ", "its typ is not dpop+jwt", func(p *proof, _ *Want) bool { return p.Type == "dpop+jwt" }},
	{"RFC 9449 §4.3 no. 6, 7: jwk, a public key", "it has no jwk with a public key", func(p *proof, _ *Want) bool {
		return p.Key != nil && p.Key.IsPublic()
	}},
	{"RFC 7517 §4.4: the alg of a key is for that alg", "the alg of its jwk is another", func(p *proof, _ *Want) bool {
		return p.Key.Algorithm == "" || jws.Same(p.Key.Algorithm, p.Algorithm)
	}},
	{"RFC 7518 §3.3: a key that is strong enough", "its key is too weak or of an unknown kind", func(p *proof, _ *Want) bool {
		return jws.Strong(p.Key.Key)
	}},
}

// claimChecks come after the signature.
var claimChecks = []check{
	{"RFC 9449 §4.2: jti, bounded", "its jti is missing or longer than 256 characters", func(p *proof, _ *Want) bool {
		return p.claims.ID != "" && len(p.claims.ID) <= maxID
	}},
	{"RFC 9449 §4.3 no. 8: htm", "its htm is not the method of the request", func(p *proof, w *Want) bool { return p.claims.Method == w.Method }},
	{"RFC 9449 §4.3 no. 9: htu", "its htu is not the address of the request", func(p *proof, w *Want) bool { return sameURL(p.claims.URL, w.URL) }},
	{"RFC 9449 §4.2: iat", "its iat is missing", func(p *proof, _ *Want) bool { return p.claims.IssuedAt.Set }},
	{"RFC 7519 §4.1.4: exp, where it is there", "its exp has passed", func(p *proof, w *Want) bool {
		return !p.claims.Expires.Set || w.Now.Before(p.claims.Expires.Add(window))
	}},
	{"RFC 7519 §4.1.5: nbf, where it is there", "its nbf has not come", func(p *proof, w *Want) bool {
		return !p.claims.NotBefore.Set || !p.claims.NotBefore.After(w.Now.Add(window))
	}},
	{"RFC 9449 §4.3 no. 12: ath, with a token", "its ath is not the hash of the access token", func(p *proof, w *Want) bool {
		return w.Token == "" || p.claims.Hash != nil && *p.claims.Hash == hashOf(w.Token)
	}},
}

// Check holds the values of the DPoP header against the request. It answers
// ErrNonce for a proof that holds but for its nonce, and ErrInvalid for any other.
func Check(proofs []string, want Want) (Proof, error) {
	if len(proofs) != 1 { // RFC 9449 §4.3 no. 1
		return Proof{}, refuse("there must be one DPoP header")
	}
	p, err := read(proofs[0])
	if err != nil {
		return Proof{}, err
	}
	for _, c := range claimChecks {
		if !c.passes(p, &want) {
			return Proof{}, refuse(c.reason)
		}
	}
	if err := p.inTime(&want); err != nil {
		return Proof{}, err
	}
	return p.proven(&want)
}

// read answers a proof that its own key signed.
func read(text string) (*proof, error) {
	token, err := jws.Parse(text, maxProof, jws.Asymmetric) // RFC 9449 §4.3 no. 2, 5
	if err != nil {
		return nil, because(err)
	}
	p := &proof{Token: token}
	for _, c := range headerChecks {
		if !c.passes(p, nil) {
			return nil, refuse(c.reason)
		}
	}
	if err := token.Verify(token.Key.Key, &p.claims); err != nil { // RFC 9449 §4.3 no. 3, 6
		return nil, because(err)
	}
	return p, nil
}

// inTime: RFC 9449 §4.3 no. 10, 11: a nonce of ours says when the proof was made,
// whatever the client's clock shows; without one iat does.
func (p *proof) inTime(w *Want) error {
	if w.NonceOK != nil {
		if !w.NonceOK(p.claims.Nonce) {
			return ErrNonce
		}
		return nil
	}
	if p.claims.IssuedAt.Sub(w.Now).Abs() > window {
		return refuse("its iat is more than five minutes off")
	}
	return nil
}

func (p *proof) proven(w *Want) (Proof, error) {
	thumbprint, err := p.Key.Thumbprint(crypto.SHA256)
	if err != nil {
		return Proof{}, refuse("its key is of an unknown kind")
	}
	key := base64.RawURLEncoding.EncodeToString(thumbprint)
	return Proof{Key: key, ID: hashOf(key + " " + p.claims.ID), At: p.claims.IssuedAt.Time, Until: w.Now.Add(2 * window)}, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func refuse(reason string) error { return &Error{reason} }

func because(err error) error {
	var why *jws.Error
	if errors.As(err, &why) {
		return refuse(why.Reason)
	}
	return refuse("it cannot be read")
}
