// Package passkey runs WebAuthn ceremonies: it makes the options a browser
// asks an authenticator with, and holds the answer against them. It stores
// nothing and knows no HTTP; values go in and come out.
//
// Implements the relying party of Web Authentication Level 3 (W3C), §7.1 and
// §7.2, over github.com/go-webauthn/webauthn, whose types stay in here.
package passkey

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// Site is a relying party and its policy.
type Site struct {
	ID      string   // RP ID, a host name: see Usable
	Name    string   // shown by authenticators; empty: the ID
	Origins []string // pages that may ask, as browsers write them: "https://auth.example.test"

	// UserVerification is "required" or "preferred"; empty means required. With
	// "preferred" Got says whether the person was verified.
	UserVerification string
	// Attestation is "none" or "direct"; empty means none. With "direct" an
	// authenticator must show a certificate for its model. Its chain is not held
	// against the FIDO metadata service, so this keeps honest people to the
	// allowed models and does not stop somebody who builds their own.
	Attestation string
	// AllowedAAGUIDs are the models that may be enrolled, "ea9b8d66-4d01-…";
	// empty: all. Without Attestation "direct" browsers may hide the model, and a
	// hidden one is not allowed.
	AllowedAAGUIDs []string

	Now func() time.Time // nil: time.Now
}

// User is whom a passkey is made for.
type User struct {
	Handle      []byte // 1 to 64 bytes that say nothing about the person (§5.4.3, §14.6.1)
	Name        string // "ann@example.test"
	DisplayName string
}

// Record is what is stored of a passkey. The names in JSON are permanent.
type Record struct {
	ID                []byte   `json:"id"`
	PublicKey         []byte   `json:"public_key"` // COSE_Key
	SignCount         uint32   `json:"sign_count,omitempty"`
	AAGUID            []byte   `json:"aaguid,omitempty"` // 16 bytes; see Name
	Transports        []string `json:"transports,omitempty"`
	Attachment        string   `json:"attachment,omitempty"`         // platform, cross-platform, or not told
	AttestationType   string   `json:"attestation_type,omitempty"`   // none, basic_surrogate (self), basic_full, …
	AttestationFormat string   `json:"attestation_format,omitempty"` // none, packed, tpm, …
	UserPresent       bool     `json:"user_present,omitempty"`
	UserVerified      bool     `json:"user_verified,omitempty"`   // at enrolment
	BackupEligible    bool     `json:"backup_eligible,omitempty"` // may be on several devices; never changes
	BackedUp          bool     `json:"backed_up,omitempty"`       // is so now
}

// IDText answers the credential ID as browsers write it, base64url.
func (r Record) IDText() string { return base64.RawURLEncoding.EncodeToString(r.ID) }

// Got is the outcome of a sign-in with a passkey.
type Got struct {
	User   User
	Record Record // to be stored: counter and backup state as they are now
	// UserVerified says that the authenticator verified the person this time (by
	// PIN or biometrics), so that the passkey counts as two factors.
	UserVerified bool
	// CounterWentBack says that the authenticator counted no further: there may
	// be a copy of it (§6.1.1). Record keeps the higher count.
	CounterWentBack bool
}

// Errors of FinishCreate and FinishGet.
var (
	// ErrRefused says that an answer does not prove what it should; the text
	// after it is for the log and may quote the answer.
	ErrRefused = errors.New("passkey refused")
	// ErrUnknown is for find of FinishGet to answer: no such passkey.
	ErrUnknown = errors.New("passkey unknown")
)

// Bounds.
const (
	ceremonyTime = 5 * time.Minute
	maxResponse  = 64 << 10 // bytes of an answer
	maxObject    = 16 << 10 // bytes of an attestation object; with a chain of certificates they have five thousand
	maxKey       = 2 << 10  // bytes of a COSE_Key; RSA of 8192 bits has a thousand
	maxHost      = 253
)

// Usable says whether passkeys can be bound to host, without a port: a domain
// name in lower case, "localhost" among them, and no IP address, which WebAuthn
// L3 §5.1.2 and §5.1.3 refuse as an effective domain.
func Usable(host string) bool {
	if len(host) > maxHost {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !usableLabel(label) {
			return false
		}
	}
	// URL Standard, "ends in a number": 127.1 and 0x7f.0.0.0x1 are addresses too.
	last := labels[len(labels)-1]
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

func usableLabel(label string) bool {
	return len(label) > 0 && len(label) <= 63 && label[0] != '-' && label[len(label)-1] != '-' &&
		strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (s Site) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
