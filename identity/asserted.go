package identity

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"poolhouse.dev/storage"
)

// What the subject of an assertion names (jwt_bearer_issuers[].subject).
const (
	subjectID    = "sub"
	subjectEmail = "email"
)

// methodAsserted is the method of somebody whom an issuer vouches for. RFC 8176 has
// no word for it.
const methodAsserted = "jwt"

// Asserted says whom an issuer of a client vouches for (RFC 7523 §2.1).
type Asserted struct {
	Pool    PoolID
	Client  ClientID
	Issuer  string // one of the client's jwt_bearer_issuers
	Subject string // as the issuer names the person
}

// Assert answers the authentication of a person whom an issuer vouches for. The
// caller has verified the assertion; that the client's settings name the issuer is
// held here once more, for this is the one way to an authentication in which nobody
// proves anything to us. It counts as one factor, whatever the issuer says of itself:
// where a second one is demanded it is refused (NoSecondFactor). So is everybody who
// could not sign in: UserNotFound, one answer for who is unknown, disabled, not
// confirmed, or about to be deleted. No browser is signed in by it; the session that
// it names has no cookie.
func (c *Core) Assert(r storage.Reader, in Asserted) (Authentication, error) {
	const op = "Core.Assert"
	p, cl, err := c.reopen(r, op, in.Pool, in.Client)
	if err != nil {
		return Authentication{}, err
	}
	i := slices.IndexFunc(cl.JWTBearer, func(a AssertionIssuer) bool { return a.Issuer == in.Issuer })
	if i < 0 || !cl.MayGrant(GrantJWTBearer) {
		return Authentication{}, refuse(op, NotAllowed)
	}
	u, err := c.asserted(r, &p, cl.JWTBearer[i].Subject, in.Subject)
	if errors.Is(err, storage.ErrNotFound) {
		return Authentication{}, refuse(op, UserNotFound)
	}
	if err != nil {
		return Authentication{}, err
	}
	auth := Authentication{
		pool: p.ID, client: cl.ID, user: u.ID, session: uuid.NewString(), epoch: u.Epoch, at: c.Now(), methods: []string{methodAsserted},
	}
	if _, _, err := c.Active(r, p.ID, u.ID, u.Epoch); err != nil {
		if code, ok := CodeOf(err); ok && code == SessionEnded {
			err = refuse(op, UserNotFound)
		}
		return Authentication{}, err
	}
	enough, err := c.Suffices(r, auth, cl.ID)
	switch {
	case err != nil:
		return Authentication{}, err
	case !u.DeleteAt.IsZero():
		return Authentication{}, refuse(op, UserNotFound)
	case !enough:
		return Authentication{}, refuse(op, NoSecondFactor)
	}
	return auth, nil
}

// asserted finds the person that a subject names. A name is taken for what the
// setting says and nothing else: an address that happens to be somebody's username
// is not that person's.
func (c *Core) asserted(r storage.Reader, p *Pool, by, subject string) (User, error) {
	if by == subjectID {
		return getUser(r, p.ID, UserID(subject))
	}
	u, err := c.findUser(r, p, subject)
	if err != nil {
		return User{}, err
	}
	spell, held := canonicalUsername, u.Username
	if by == subjectEmail {
		spell, held = canonicalEmail, u.Attributes[attrEmail]
		if !verified(&u, attrEmail) {
			return User{}, storage.ErrNotFound
		}
	}
	want, wantErr := spell(p, subject)
	have, haveErr := spell(p, held)
	if wantErr != nil || haveErr != nil || want != have {
		return User{}, storage.ErrNotFound
	}
	return u, nil
}
