package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/url"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/dpop"
	"poolhouse.dev/storage"
)

// Confirmation is the key that a token is bound to: who presents the token proves
// that they hold it (RFC 7800 §3.1). The zero value binds to none.
type Confirmation struct {
	JKT string `json:"jkt,omitempty"`      // thumbprint of a DPoP key (RFC 9449 §6.1)
	X5T string `json:"x5t#S256,omitempty"` // thumbprint of a TLS certificate (RFC 8705 §3.1)
}

// tokenType answers how a token with the confirmation is presented.
func (c Confirmation) tokenType() string {
	if c.JKT != "" {
		return "DPoP"
	}
	return "Bearer"
}

// heldBy says that whoever proved the keys of got may use what is bound to c.
func (c Confirmation) heldBy(got Confirmation) bool {
	return (c.JKT == "" || c.JKT == got.JKT) && (c.X5T == "" || c.X5T == got.X5T)
}

// certificateHash answers x5t#S256 (RFC 8705 §3.1).
func certificateHash(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// TokenRequest is a request of a client to an endpoint that it authenticates at.
type TokenRequest struct {
	Form url.Values // the body
	Auth ClientAuth
	DPoP []string // every value of the DPoP header
	URL  string   // the address of the endpoint as the client sees it, without query
	// Vouch asks identity providers about their tokens, for native sign-in.
	Vouch  Vouch
	Origin identity.Origin
}

// Bindings of a client's tokens that are missing.
var (
	errNoProof       = refuse(InvalidDPoPProof, "Tokens of this client are bound to a key: send a DPoP proof.")
	errNoCertificate = refuse(InvalidRequest, "Tokens of this client are bound to a certificate: present one with TLS.")
	errProofUsed     = refuse(InvalidDPoPProof, "The DPoP proof was used before.")
	errNonce         = refuse(UseDPoPNonce, "The DPoP proof needs the nonce of the header DPoP-Nonce.")
)

// nonces are the nonces of a pool. They stand in no store.
func (p *Provider) nonces(pool identity.PoolID) dpop.Nonces {
	return dpop.Nonces{MAC: func(text string) []byte { return p.Identity.Sealer.MAC("dpop_nonce", string(pool), text) }}
}

// DPoPNonce answers the nonce for the next proof (RFC 9449 §8), for the header
// DPoP-Nonce of every answer to a request with a proof, or that lacks one.
func (p *Provider) DPoPNonce(pool identity.PoolID) string { return p.nonces(pool).At(p.Now()) }

// checkProof holds a proof against its request. That it is used once is for
// useProof to say.
func (p *Provider) checkProof(pool identity.PoolID, proofs []string, want dpop.Want) (dpop.Proof, *Error) {
	want.Now = p.Now()
	want.NonceOK = func(nonce string) bool { return p.nonces(pool).Good(nonce, want.Now) }
	proof, err := dpop.Check(proofs, want)
	var why *dpop.Error
	switch {
	case errors.Is(err, dpop.ErrNonce):
		return proof, errNonce
	case errors.As(err, &why):
		return proof, refuse(InvalidDPoPProof, why.Error())
	case err != nil:
		return proof, &Error{Code: InvalidDPoPProof, Description: "The DPoP proof is refused.", Err: err}
	}
	return proof, nil
}

// useProof: RFC 9449 §11.1: a proof is used once.
func useProof(w storage.Writer, pool identity.PoolID, proof dpop.Proof) (*Error, error) {
	first, err := useOnce(w, proof.Until, "dpop", string(pool), proof.ID)
	if err == nil && !first {
		return errProofUsed, nil
	}
	return nil, err
}

// spendProof is useProof in a transaction of its own.
func (p *Provider) spendProof(ctx context.Context, pool identity.PoolID, proof dpop.Proof) error {
	var refused *Error
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		refused, err = useProof(w, pool, proof)
		return err
	})
	if err != nil {
		return fault("proof", err)
	}
	return failed(refused)
}

// ProofKey answers the thumbprint of the key that the DPoP header of a request
// proves, "" without the header. It is for endpoints that issue no token but bind
// what they keep to the key (RFC 9449 §10.1). Its error is an *Error for a proof
// that is refused.
func (p *Provider) ProofKey(ctx context.Context, pool identity.PoolID, in TokenRequest) (string, error) {
	if len(in.DPoP) == 0 {
		return "", nil
	}
	proof, refused := p.checkProof(pool, in.DPoP, dpop.Want{Method: "POST", URL: in.URL})
	if refused != nil {
		return "", refused
	}
	return proof.Key, p.spendProof(ctx, pool, proof)
}

// bind finds the keys that the tokens of an exchange are bound to, and demands
// those that the client's tokens must have.
func (p *Provider) bind(x *exchange, in *TokenRequest) *Error {
	if len(in.DPoP) > 0 {
		proof, refused := p.checkProof(x.pool.ID, in.DPoP, dpop.Want{Method: "POST", URL: in.URL})
		if refused != nil {
			return refused
		}
		x.proof, x.confirm.JKT = &proof, proof.Key
	}
	if x.client.CertificateBound && in.Auth.Certificate != nil {
		x.confirm.X5T = certificateHash(in.Auth.Certificate)
	}
	switch {
	case x.client.DPoPBound && x.confirm.JKT == "": // RFC 9449 §5.2
		return errNoProof
	case x.client.CertificateBound && x.confirm.X5T == "": // RFC 8705 §3
		return errNoCertificate
	}
	return nil
}
