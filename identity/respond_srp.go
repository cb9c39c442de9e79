package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// SRPStart is the client's first half of SRP, where AskPassword or AskDevice is due.
type SRPStart struct {
	Attempt AttemptID
	Channel Channel
	Turn    int    // see Reply
	A       string // SRP_A, hex
	Origin  Origin
}

// SRPChallenge is the server's half (Cognito PASSWORD_VERIFIER). An SRPAnswer
// with the same Turn answers it.
type SRPChallenge struct {
	Attempt      AttemptID
	Turn         int
	Salt         string // hex
	B            string // SRP_B, hex
	SecretBlock  string // base64
	UserIDForSRP string // for AskDevice: the device key
}

// SRPAnswer answers AskPassword after SignIn.OfferSRP.
type SRPAnswer struct {
	Signature   string // PASSWORD_CLAIM_SIGNATURE, base64
	SecretBlock string // PASSWORD_CLAIM_SECRET_BLOCK, base64, as it was given
	Timestamp   string // as "Tue Jan 2 03:04:05 UTC 2024"
}

func (SRPAnswer) answers() ChallengeName { return AskPassword }

// srpExchange is what an attempt keeps of an exchange, sealed.
type srpExchange struct {
	Name  password.SRPName `json:"name"`
	Key   []byte           `json:"key"`
	Block []byte           `json:"block"`
	// Of is the hash of the sealed verifier that it was made with; "" for a
	// made-up one, which nothing is right for.
	Of string `json:"of,omitempty"`
}

// blockBytes is the size of a secret block; clients only carry it.
const blockBytes = 64

// OfferSRP begins an exchange. For an unknown name, or somebody without a
// verifier, it takes the same work and looks the same, each time. NotAllowed says
// that the client does not do SRP, InvalidParameter that A is none.
func (s *SignIn) OfferSRP(ctx context.Context, in SRPStart) (SRPChallenge, error) {
	const op = "SignIn.OfferSRP"
	a, err := s.openTurn(ctx, op, stepOf{in.Attempt, in.Channel, in.Turn}, in.Origin)
	if err != nil {
		return SRPChallenge{}, err
	}
	var v password.SRPVerifier
	var made srpExchange
	switch a.Ask {
	case AskPassword:
		v, made, err = s.srpOf(ctx, op, &a)
	case AskDevice:
		v, made, err = s.deviceSRP(ctx, op, &a)
	default:
		err = refuse(op, WrongAnswer)
	}
	if err != nil {
		return SRPChallenge{}, err
	}
	done, err := s.Passwords.SRP(ctx, v, in.A)
	if errors.Is(err, password.ErrSRP) {
		return SRPChallenge{}, &Error{Code: InvalidParameter, Op: op, Field: "SRP_A", Err: err}
	}
	if failed, err := hashRefusal(op, err); err != nil || failed != nil {
		return SRPChallenge{}, either(failed, err)
	}
	made.Key, made.Block = done.Key, make([]byte, blockBytes)
	rand.Read(made.Block)
	now, err := s.keepExchange(ctx, op, a, made)
	return SRPChallenge{
		Attempt: a.ID, Turn: now.Turn, Salt: hex.EncodeToString(v.Salt), B: done.B,
		SecretBlock: base64.StdEncoding.EncodeToString(made.Block), UserIDForSRP: made.Name.User,
	}, err
}

// srpOf answers the verifier for the attempt's person, and what is known of the
// exchange already.
func (s *SignIn) srpOf(ctx context.Context, op string, a *attempt) (v password.SRPVerifier, made srpExchange, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		p, cl, err := s.reopen(r, op, a.PoolID, a.ClientID)
		if err != nil {
			return err
		}
		if !cl.allowsSRP() && !a.Custom {
			return refuse(op, NotAllowed)
		}
		u, err := s.userOf(r, &p, a)
		if err != nil {
			return err
		}
		if failed := openRefusal(op, &cl, &u, !a.API || !u.isGhost(), UserNotFound); failed != nil {
			return failed // the name was asked about elsewhere with a password alone
		}
		cred, err := s.passwordOf(r, u)
		if err != nil {
			return err
		}
		typed := a.Identifier
		if !u.isGhost() {
			typed = u.Username
		}
		made.Name = password.SRPName{Group: srpGroup(p.ID), User: srpUser(&p, &u, typed)}
		var real bool
		if v, real = s.verifierOf(&p, &cred, made.Name.User); real {
			made.Of = hashOf(string(cred.SRP))
		}
		return nil
	})
	return v, made, err
}

func (s *SignIn) keepExchange(ctx context.Context, op string, seen attempt, made srpExchange) (now attempt, err error) {
	err = s.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		if now, failed, err = s.reloadAttempt(w, op, seen); err != nil || failed != nil {
			return failed, err
		}
		if now.Ceremony, err = s.sealJSON(made, "srp", string(now.PoolID), string(now.ID)); err != nil {
			return nil, err
		}
		now, err = s.putTurn(w, now)
		return nil, err
	})
	return now, err
}

// respondSRP counts the try and records it as a password is.
func (s *SignIn) respondSRP(ctx context.Context, op string, a attempt, reply SRPAnswer, r Reply) (Step, error) {
	var made srpExchange
	if err := s.openJSON(a.Ceremony, &made, "srp", string(a.PoolID), string(a.ID)); err != nil {
		return Step{}, refuse(op, WrongAnswer) // no exchange was begun
	}
	of, err := s.reserveTry(ctx, op, a, r.Origin)
	if err != nil {
		return Step{}, err
	}
	cred := of.cred
	right := s.proves(&made, reply) && made.Of == hashOf(string(cred.SRP))
	return s.recordPassword(ctx, op, a, checkedPassword{right: right, cred: cred, keep: kept{srp: cred.SRP}}, r)
}

// proves says that the signature is of the exchange's key.
func (s *SignIn) proves(made *srpExchange, reply SRPAnswer) bool {
	signature, err := base64.StdEncoding.DecodeString(reply.Signature)
	block, err2 := base64.StdEncoding.DecodeString(reply.SecretBlock)
	same := subtle.ConstantTimeCompare(block, made.Block) == 1
	signed := made.Name.Signed(made.Key, made.Block, reply.Timestamp, signature)
	return errors.Join(err, err2) == nil && same && signed && password.SRPTimely(reply.Timestamp, s.Now())
}
