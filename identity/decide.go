package identity

import "slices"

// facts is all that the choice of the next step rests on.
type facts struct {
	Known            bool // the name belongs to a user
	Disabled         bool
	Status           Status
	Proven           []Factor
	Required         []Factor // in the order they are asked
	Confirmable      bool     // the pool sends a code that the person can confirm with
	TemporaryExpired bool
}

// verdict is exactly one of: ask for something, refuse, or let in.
type verdict struct {
	Ask    ChallengeName
	Refuse Code
	Done   bool
}

// decide chooses what comes next. It is the only place that does, for every
// front end. Until all factors are proven nothing about the account shows:
// an unknown, disabled or unconfirmed user is asked like any other.
func decide(f facts) verdict {
	if next, ok := unproven(f.Required, f.Proven); ok {
		return verdict{Ask: asks[next]}
	}
	switch {
	case !f.Known || f.Disabled || len(f.Required) == 0:
		return verdict{Refuse: IncorrectPassword}
	case f.Status == Unconfirmed && f.Confirmable:
		return verdict{Ask: AskConfirmSignUp}
	case f.Status == Unconfirmed:
		return verdict{Refuse: UserNotConfirmed}
	case f.Status == ResetRequired:
		return verdict{Refuse: PasswordResetNeeded}
	case f.Status == ForceChangePassword && f.TemporaryExpired:
		return verdict{Refuse: PasswordExpired}
	case f.Status == ForceChangePassword:
		return verdict{Ask: AskNewPassword}
	case f.Status == Confirmed:
		return verdict{Done: true}
	}
	return verdict{Refuse: InvalidState}
}

// asks names the challenge that proves each factor.
var asks = map[Factor]ChallengeName{
	FactorPassword: AskPassword,
}

// methods gives each factor's name in amr (RFC 8176 §2).
var methods = map[Factor]string{
	FactorPassword: "pwd",
}

func unproven(required, proven []Factor) (Factor, bool) {
	for _, r := range required {
		if !slices.Contains(proven, r) {
			return r, true
		}
	}
	return "", false
}

// required answers the factors a pool asks of a user.
func required(Pool) []Factor { return []Factor{FactorPassword} }
