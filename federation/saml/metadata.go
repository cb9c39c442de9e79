package saml

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of an identity provider's metadata.
const (
	maxMetadata     = 1 << 20
	maxCertificates = 16
	maxEndpoints    = 32
)

var errMetadata = errors.New("the metadata cannot be used")

// metadata is what is taken from an identity provider's metadata.
type metadata struct {
	raw          []byte
	entity       string
	sso          []endpoint
	slo          []endpoint
	certificates []*x509.Certificate // that sign; several while keys change
	wantSigned   bool
	until        time.Time // zero: without end
	unfetched    time.Time // when newer could not be fetched, and this went on; zero: it was
	failure      error     // why
}

// endpoint is where an identity provider takes messages.
type endpoint struct {
	binding  string
	location string
	response string // where answers go, location when it says nothing else
}

func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errMetadata, fmt.Sprintf(format, args...))
}

// parseMetadata reads metadata that holds one identity provider, or the one whose
// entity is wanted. A zero now does not look at validUntil.
func parseMetadata(raw []byte, wanted string, now time.Time) (*metadata, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // as Microsoft's begins
	root, err := parse(raw, bounds{bytes: maxMetadata, comments: true})
	if err != nil {
		return nil, err
	}
	entity, err := findEntity(root, wanted)
	if err != nil {
		return nil, err
	}
	m := &metadata{raw: raw, entity: entity.n.value("entityID"), wantSigned: isTrue(entity.role.value("WantAuthnRequestsSigned"))}
	for _, n := range []*node{root, entity.n, entity.role} {
		if err := m.limit(n); err != nil {
			return nil, err
		}
	}
	if m.ended(now) {
		return nil, unusable("its validUntil has passed")
	}
	if m.certificates, err = signingCertificates(entity.role); err != nil {
		return nil, err
	}
	if m.sso, err = endpoints(entity.role, "SingleSignOnService"); err != nil {
		return nil, err
	}
	if m.slo, err = endpoints(entity.role, "SingleLogoutService"); err != nil {
		return nil, err
	}
	if len(m.sso) == 0 {
		return nil, unusable("no sign-on address by redirect or post")
	}
	return m, nil
}

// limit takes validUntil of an element: the earliest counts.
func (m *metadata) limit(n *node) error {
	until, present, ok := n.instant("validUntil")
	if !ok {
		return unusable("a validUntil that cannot be read")
	}
	if present && (m.until.IsZero() || until.Before(m.until)) {
		m.until = until
	}
	return nil
}

// ended says that the identity provider itself no longer stands by m.
func (m *metadata) ended(now time.Time) bool { return !m.until.IsZero() && now.After(m.until) }

func isTrue(text string) bool { return text == "true" || text == "1" }

type entity struct{ n, role *node }

// findEntity answers the one identity provider.
func findEntity(root *node, wanted string) (entity, error) {
	var found []entity
	all := []*node{root}
	if root.is(metadataNS, "EntitiesDescriptor") {
		all = root.all(metadataNS, "EntityDescriptor")
	}
	for _, n := range all {
		role := signOnRole(n)
		if role != nil && n.is(metadataNS, "EntityDescriptor") && (wanted == "" || n.value("entityID") == wanted) {
			found = append(found, entity{n, role})
		}
	}
	if len(found) != 1 {
		return entity{}, unusable("%d identity providers in it instead of one", len(found))
	}
	if id := found[0].n.value("entityID"); id == "" || len(id) > 1024 { // metadata §2.2.1
		return entity{}, unusable("an entity without a name, or with one too long")
	}
	return found[0], nil
}

// signOnRole answers the one role of a SAML 2.0 identity provider.
func signOnRole(n *node) *node {
	var found *node
	for _, role := range n.all(metadataNS, "IDPSSODescriptor") {
		if slices.Contains(strings.Fields(role.value("protocolSupportEnumeration")), protocolNS) {
			if found != nil {
				return nil
			}
			found = role
		}
	}
	return found
}

// signingCertificates answers the first certificate of each key that signs. The
// certificates behind the first are a chain, whose keys sign nothing here.
func signingCertificates(role *node) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for _, key := range role.all(metadataNS, "KeyDescriptor") {
		if use := key.value("use"); use != "" && use != "signing" {
			continue
		}
		for _, info := range key.all(signatureNS, "KeyInfo") {
			for _, data := range info.all(signatureNS, "X509Data") {
				if texts := data.all(signatureNS, "X509Certificate"); len(texts) > 0 {
					c, err := readCertificate(texts[0].text)
					if err != nil {
						return nil, err
					}
					all = append(all, c)
				}
			}
		}
	}
	if len(all) == 0 || len(all) > maxCertificates {
		return nil, unusable("%d signing certificates, 1 to %d are taken", len(all), maxCertificates)
	}
	return all, nil
}

func readCertificate(text string) (*x509.Certificate, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, unusable("a certificate that is not base64")
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, unusable("a certificate that cannot be read")
	}
	if !strong(c) {
		return nil, unusable("a certificate with a weak or unknown key: RSA of 2048 to 8192 bits and NIST curves are taken")
	}
	return c, nil
}

// endpoints answers those by the bindings spoken here. An address of theirs that
// is not https refuses the whole: a browser would be sent to it.
func endpoints(role *node, name string) ([]endpoint, error) {
	var all []endpoint
	for _, n := range role.all(metadataNS, name) {
		e := endpoint{binding: n.value("Binding"), location: n.value("Location"), response: n.value("ResponseLocation")}
		if e.binding != redirectBinding && e.binding != postBinding {
			continue
		}
		if e.response == "" {
			e.response = e.location
		}
		if !safeURL(e.location) || !safeURL(e.response) || len(all) >= maxEndpoints {
			return nil, unusable("an address of %s that is not https, or too many", name)
		}
		all = append(all, e)
	}
	return all, nil
}

// by answers the first endpoint by a binding.
func by(all []endpoint, binding string) (endpoint, bool) {
	for _, e := range all {
		if e.binding == binding {
			return e, true
		}
	}
	return endpoint{}, false
}

// current answers the certificates that have not ended.
func (m *metadata) current(now time.Time) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(m.certificates), func(c *x509.Certificate) bool { return now.After(c.NotAfter) })
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
