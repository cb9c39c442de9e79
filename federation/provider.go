package federation

import (
	"context"
	"log/slog"
	"net/url"
	"time"
)

// Skew is how far a provider's clock may be from ours.
const Skew = time.Minute

// Provider is somebody else's login. It is safe for concurrent use. Its errors
// are *Error, or the context's.
type Provider interface {
	// Begin sends a person out.
	Begin(ctx context.Context, s Start) (Trip, error)
	// Finish takes what came back with the browser. pending is what Begin
	// answered, for the same trip of the same browser, handed in once: Finish
	// cannot know that it was handed in before.
	Finish(ctx context.Context, pending []byte, r Return) (Answer, error)
}

// Start is what is known of a person who goes out.
type Start struct {
	// State comes back with the browser, unchanged. It is the caller's, not to be
	// guessed, and binds the answer to browser and flow.
	State     string
	LoginHint string // the name or address typed, or ""
	Locale    string // a language tag (BCP 47), or ""
	// SelectAccount asks the provider to let the person choose an account, also
	// when one is signed in there.
	SelectAccount bool
	// Fresh asks for a new sign-in at the provider: the session that the person has
	// there is not enough. An answer that tells of an older one is Stale. Some
	// providers cannot be asked; the page of each in docs/providers says what it does.
	Fresh bool
}

// Trip is where the browser goes: to URL by redirect, or to Post by a form that
// posts Fields. One of the two is set.
type Trip struct {
	URL    string
	Post   string
	Fields url.Values
	// Pending is what Finish needs to know again. It holds secrets: the caller
	// seals it, binds it to the browser and takes it once.
	Pending []byte
}

// Answer is what a provider said, verified.
type Answer struct {
	// Subject is the person's key at this provider, and there alone: OIDC's sub,
	// SAML's persistent NameID or the attribute configured. At most 255 bytes,
	// never empty.
	Subject string
	// Issuer names whose subjects these are, the same at every sign-in: the issuer
	// of the ID token, by tenant where it has many; the SAML entity; else the
	// address of the interface that gave the attributes. It is never empty.
	Issuer string
	// Claims are those of the ID token and of the userinfo endpoint as JSON gives
	// them (numbers as json.Number), or the SAML attributes as []string by name.
	Claims map[string]any
	// EmailVerified says that this provider truly vouches for Claims' e-mail address.
	EmailVerified bool
	Tokens        Tokens
	Session       string // OIDC's sid, SAML's SessionIndex, or ""
	// Assertion names a SAML assertion, with its issuer, for a memory of those
	// taken; it can come again until Until.
	Assertion string
	Until     time.Time
}

// Tokens are what the provider issued for its own interfaces.
type Tokens struct {
	Access  string
	Refresh string
	ID      string
	Expires time.Time // of Access; zero when the provider did not say
}

// String hides the tokens.
func (Tokens) String() string { return hidden }

// GoString hides the tokens.
func (Tokens) GoString() string { return hidden }

// LogValue hides the tokens.
func (Tokens) LogValue() slog.Value { return slog.StringValue(hidden) }

const hidden = "[hidden]"
