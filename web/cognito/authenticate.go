package cognito

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito/sigv4"
)

// signingName is what SDKs sign requests of this API for. The region is theirs to
// choose: there is one endpoint.
const signingName = "cognito-idp"

// signedIn is a caller who has proven an access key.
type signedIn struct {
	Caller
	// after is told what the operation came to; nil when nothing waits for it.
	after func(context.Context, error)
}

// authenticate finds out who sends an operation for administrators: by a
// signature, or by a key as bearer. A caller who is known already stays.
func (h *Handler) authenticate(req *http.Request, one *called, body []byte) (signedIn, error) {
	c := signedIn{Caller: callerOf(req.Context())}
	if c.Kind != Nobody || !one.access.administrators() {
		return c, nil
	}
	from := identity.Network(c.Origin.Address)
	if h.limited() && !h.refused.left(from, refusalsOfAddress, h.Now()) {
		return c, tooOften()
	}
	proof, err := h.proofIn(req, body)
	if err != nil {
		return c, refusedBy(err)
	}
	key, ok, err := h.AccessKeys.Known(req.Context(), proof.key, proof.proves)
	if err != nil {
		return c, err
	}
	if !ok {
		h.refused.take(from, refusalsOfAddress, h.Now())
		return c, proof.wrong
	}
	if h.limited() && !h.asked.take(key.ID, requestsOfAKey, h.Now()) {
		return c, tooOften()
	}
	c.Kind, c.Actor, c.Pool, c.ReadOnly, c.Origin.Trusted = proof.kind, "key:"+key.ID, key.PoolID, key.ReadOnly, true
	return c, h.once(req.Context(), &c, proof, one)
}

var errFault = errors.New("cognito: the operation did not come to an end")

// done tells what waits for it how the operation ended.
func (c *signedIn) done(ctx context.Context, err error) {
	if c.after != nil {
		c.after(ctx, err)
	}
}

func (h *Handler) limited() bool { return h.Admin.RateLimits }

func tooOften() error {
	e := exception("TooManyRequestsException", "Rate exceeded")
	e.retryAfter = 1
	return e
}

// proof is what a request brings to show that its sender has a key.
type proof struct {
	kind   CallerKind
	key    string
	proves func(secret string) bool
	wrong  error // what is said when it does not prove the key, or there is none
	// A signature is good once; a bearer has none.
	signature []byte
	until     time.Time
}

func (h *Handler) proofIn(req *http.Request, body []byte) (proof, error) {
	if key, secret, ok := bearer(req.Header.Values("Authorization")); ok {
		wrong := exception("UnrecognizedClientException", "The security token included in the request is invalid.")
		return proof{kind: APIKey, key: key, proves: func(real string) bool { return identity.Same(real, secret) }, wrong: wrong}, nil
	}
	signed, err := sigv4.Read(req, body, signingName, h.Now())
	if err != nil {
		return proof{}, err
	}
	return proof{
		kind: AccessKey, key: signed.KeyID, proves: signed.By, wrong: refusedBy(sigv4.Mismatch()),
		signature: signed.Signature(), until: signed.Over(),
	}, nil
}

// bearer reads a key in the form ID.SECRET (RFC 6750 §2.1).
func bearer(values []string) (key, secret string, ok bool) {
	if len(values) != 1 {
		return "", "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "", false
	}
	key, secret, _ = strings.Cut(token, ".")
	return key, secret, true
}

// once takes the signature of what changes something. One that only reads may be
// sent again while its window is open: it changes nothing, whoever could repeat it
// has seen its answer, and reading would cost a write each time.
func (h *Handler) once(ctx context.Context, c *signedIn, p proof, one *called) error {
	if p.signature == nil || one.access == reads {
		return nil
	}
	fresh, err := h.AccessKeys.Spend(ctx, p.key, p.signature, c.Origin, p.until)
	if err != nil {
		return err
	}
	if !fresh {
		return exception("InvalidSignatureException", "The signature was used before. Sign each request anew.")
	}
	// Older SDKs repeat a request that failed with the signature it had.
	c.after = func(ctx context.Context, err error) {
		if err == nil || !again(translate(err)) {
			return
		}
		if err := h.AccessKeys.GiveBack(context.WithoutCancel(ctx), p.key, p.signature); err != nil {
			h.Log.Error("a signature stays spent", "error", err)
		}
	}
	return nil
}

// again says that SDKs repeat a request by themselves after this refusal.
func again(e *Exception) bool {
	return e.status >= http.StatusInternalServerError || e.Type == "TooManyRequestsException"
}

// refusedBy turns a refusal of the signature into an Exception.
func refusedBy(err error) error {
	var refusal *sigv4.Error
	if errors.As(err, &refusal) {
		return exception(refusal.Name, refusal.Message)
	}
	return err
}
