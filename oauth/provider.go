package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
)

// Provider answers authorization requests and issues tokens. All fields are
// required, but for those about certificates and Logger.
type Provider struct {
	Identity *identity.Core
	Keys     *keys.Ring
	// ClientKeys finds the public keys of clients.
	ClientKeys *keyset.Keys
	// Authorities answers who vouches for clients' certificates (tls_client_auth); nil
	// turns that off.
	Authorities func() *x509.CertPool
	// TakesCertificates says that clients' certificates come here: our own listener
	// asks for them, or a proxy hands them on.
	TakesCertificates bool
	// CertificateBase answers a pool's base URL under the host that asks for them; nil:
	// the one of the issuer does.
	CertificateBase func(identity.PoolID) string
	// Issuer answers a pool's base URL, which is its issuer, without a slash at the end.
	Issuer func(identity.PoolID) string
	Now    func() time.Time
	// Logger is told why a client's metadata document was not taken, which its client cannot
	// be told; nil tells nobody.
	Logger *slog.Logger

	published published
}

func (p *Provider) settings() *identity.Settings { return &identity.Settings{Core: p.Identity} }

func (p *Provider) sessions() *identity.Sessions { return &identity.Sessions{Core: p.Identity} }

// client answers a pool and one of its clients, as its profile demands; false when
// there is no such client.
func (p *Provider) client(r storage.Reader, pool identity.PoolID, id identity.ClientID) (identity.Pool, identity.Client, bool, error) {
	found, err := p.settings().GetPool(r, pool)
	if err != nil {
		return identity.Pool{}, identity.Client{}, false, err
	}
	c, err := p.settings().GetClient(r, pool, id)
	if code, ok := identity.CodeOf(err); ok && code == identity.ClientNotFound {
		return found, identity.Client{}, false, nil
	}
	if err != nil {
		return found, identity.Client{}, false, err
	}
	c, known := allowed(&found, c)
	return found, demanded(c), known, nil
}

// person answers the user and groups behind a sign-in; false when they were
// disabled, deleted or signed out everywhere since.
func (p *Provider) person(r storage.Reader, pool identity.PoolID, user identity.UserID, epoch int) (identity.User, []identity.Group, bool, error) {
	u, groups, err := p.Identity.Active(r, pool, user, epoch)
	if code, ok := identity.CodeOf(err); ok && code == identity.SessionEnded {
		return identity.User{}, nil, false, nil
	}
	return u, groups, err == nil, err
}

// hashOf is how secrets of 256 random bits are kept: they need no slow hash.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// randomText answers n random bytes in base64url.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}
