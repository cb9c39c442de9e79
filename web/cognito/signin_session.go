package cognito

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"poolhouse.dev/identity"
)

// ticket is what a Session holds, sealed for one client of a pool: the attempt, the
// secret of the channel that it was begun on, the step to be answered, and what of
// the app's wishes the challenge depends on. The core takes each step once.
type ticket struct {
	Pool    identity.PoolID    `json:"p"`
	Client  identity.ClientID  `json:"i"`
	Attempt identity.AttemptID `json:"a"`
	Secret  string             `json:"s"`
	Turn    int                `json:"t"`
	Flow    string             `json:"f,omitempty"` // the AuthFlow that it began with
	Asked   string             `json:"c,omitempty"` // the challenge that was shown
}

// newTicket begins a channel.
func newTicket(flow string) ticket {
	secret := make([]byte, 24)
	rand.Read(secret)
	return ticket{Secret: base64.RawURLEncoding.EncodeToString(secret), Flow: flow}
}

// strays says that a challenge leads into a flow that the client may not allow: a
// choice of ways belongs to USER_AUTH, and where SRP is asked a password is not sent.
func (t *ticket) strays(challenge string) bool {
	bySRP := t.Asked == "PASSWORD_VERIFIER" || t.Asked == "PASSWORD_SRP"
	return t.Flow != "USER_AUTH" && (challenge == "SELECT_CHALLENGE" || bySRP && (challenge == "PASSWORD" || challenge == "ADMIN_NO_SRP_AUTH"))
}

// channel is where the attempt is known, and nowhere else.
func (t *ticket) channel() identity.Channel {
	sum := sha256.Sum256([]byte(t.Secret))
	return identity.Channel("api " + hex.EncodeToString(sum[:]))
}

func (t *ticket) at(o identity.Origin) identity.StepAt {
	return identity.StepAt{Attempt: t.Attempt, Channel: t.channel(), Turn: t.Turn, Origin: o}
}

// after answers the ticket of the step that follows.
func (t ticket) after(step *identity.Step, asked string) ticket {
	t.Attempt, t.Turn, t.Asked = step.Attempt, step.Turn, asked
	return t
}

func (h *Handler) sealTicket(a *app, t ticket) (Secret, error) {
	t.Pool, t.Client = a.pool.ID, a.client.ID
	text, err := json.Marshal(t)
	return Secret(base64.RawURLEncoding.EncodeToString(h.SignIn.Sealer.Seal(text, sessionSeal))), err
}

const sessionSeal = "cognito session"

var errSession = exception("NotAuthorizedException", "Invalid session for the user.")

// readTicket reads a Session of any app's.
func (h *Handler) readTicket(session Secret) (t ticket, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(string(session))
	if err != nil {
		return t, errSession
	}
	text, err := h.SignIn.Sealer.Open(sealed, sessionSeal)
	if err != nil || json.Unmarshal(text, &t) != nil {
		return t, errSession
	}
	return t, nil
}

// openTicket reads a Session of this app's; any other is refused in the same words.
func (h *Handler) openTicket(a *app, session Secret) (ticket, error) {
	t, err := h.readTicket(session)
	if err == nil && (t.Pool != a.pool.ID || t.Client != a.client.ID) {
		err = errSession
	}
	return t, err
}

// ofSession answers app and ticket for an input that names no client.
func (h *Handler) ofSession(ctx context.Context, session Secret) (a app, t ticket, err error) {
	if t, err = h.readTicket(session); err != nil {
		return a, t, err
	}
	if at := callerOf(ctx).At; at != "" && at != t.Pool {
		return a, t, errSession
	}
	a, err = h.appOf(ctx, t.Pool, t.Client)
	return a, t, err
}
