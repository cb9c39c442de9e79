package identity

import "slices"

// facts is all that the choice of the next step rests on.
type facts struct {
	Known            bool // the name belongs to a user
	Disabled         bool
	Status           Status
	Confirmable      bool // the pool sends a code that the person can confirm with
	TemporaryExpired bool

	Proven []Factor
	Chosen Factor // what the person picked; counts only while it may be picked
	Firsts []Factor
	// Offered are those of Firsts that a browser which knows the person shows;
	// empty shows all, so that a stranger learns nothing.
	Offered []Factor

	// Seconds are the second factors that this person has, the preferred first;
	// Fallbacks those that may stand in when risk demands one and there is none.
	Seconds   []Factor
	Fallbacks []Factor
	Preferred bool   // Seconds[0] is the person's own choice
	Recovery  bool   // recovery codes are left
	Password  bool   // the person has a password
	ResetBy   medium // the password was reset through this medium: one factor with it
	SetUps    []Factor

	Levels  []Level  // that the app asks for, the one it likes best first
	Climbs  []Factor // what the person could prove to reach them
	Vouched Level    // that the provider says its sign-in has

	Required        bool // by pool, client or group
	Active          bool // the person switched it on, or risk asks whoever can
	Risky           bool // risk demands a second factor, remembered or not
	Blocked         bool // risk or the network shuts the door
	Remembered      bool // this browser may stand in for the second factor
	Device          bool // the key of a device came along that may, once proven
	DeviceUnknown   bool // the key of no device of the person came along
	ElsewhereIsBoth bool // the word of a provider is both factors
	VerifiedIsBoth  bool // a passkey that verified its user is both factors
	KeyMustBeMade   bool // the person got in by a message where passkeys are the way in, and has none
	PasswordIsAWay  bool // passwords are a way in here
	// CustomAskedNothing: the triggers took the password for enough.
	CustomAskedNothing bool
}

// verdict is exactly one of: ask for something, refuse, or let in.
type verdict struct {
	Ask     ChallengeName
	Options []Factor // what may be chosen now
	Second  bool     // a second factor is asked
	Refuse  Code
	Done    bool
}

// decide chooses what comes next. It is the only place that does, for every
// front end. Until all factors are proven nothing about the account shows:
// an unknown, disabled or unconfirmed user is asked like any other.
func decide(f facts) verdict {
	if !f.inFirst() {
		return f.askFirst()
	}
	switch {
	case !f.Known || f.Disabled:
		return verdict{Refuse: IncorrectPassword}
	case f.Blocked:
		return verdict{Refuse: SignInBlocked}
	case f.DeviceUnknown:
		return verdict{Refuse: ResourceNotFound}
	case f.Device && !f.Risky && !slices.Contains(f.Proven, factorDevice):
		return verdict{Ask: AskDevice, Second: true}
	}
	climbs, stuck := f.climb()
	if stuck && f.Status != Unconfirmed {
		return verdict{Refuse: LevelOutOfReach}
	}
	owed := !f.twice()
	if second := f.seconds(); owed && len(second) > 0 {
		return f.askSecond(second, climbs)
	}
	if v, settled := f.account(); !settled {
		return v
	}
	switch {
	case f.KeyMustBeMade:
		return verdict{Ask: AskSetUp, Options: []Factor{FactorPasskey}, Second: true}
	case owed && f.Risky:
		return verdict{Refuse: SignInBlocked}
	case owed:
		return f.setUp()
	case len(climbs) > 0:
		return f.askSecond(climbs, nil)
	}
	return verdict{Done: true}
}

// setUp asks for a second factor in the making. Whoever has one, and merely
// cannot use it beside a password that an address has reset, must not get
// around it by another.
func (f *facts) setUp() verdict {
	options := filter(f.SetUps, f.fresh)
	if len(options) == 0 || len(f.Seconds) > 0 && f.ResetBy != "" {
		return verdict{Refuse: NoSecondFactor}
	}
	return verdict{Ask: AskSetUp, Options: options, Second: true}
}

// askSecond asks for one of the second factors: of those that also lead to the
// level that the app asks for, where there are any.
func (f *facts) askSecond(options, climbs []Factor) verdict {
	if both := filter(options, func(o Factor) bool { return slices.Contains(climbs, o) }); len(both) > 0 {
		options = both
	}
	preferred := f.Preferred && len(f.Seconds) > 0 && options[0] == f.Seconds[0]
	return f.ask(options, preferred, AskSelectMFA, true)
}

// inFirst says that a way in has been proven.
func (f *facts) inFirst() bool {
	return slices.ContainsFunc(f.Proven, func(p Factor) bool { return slices.Contains(f.Firsts, p) })
}

// askFirst asks for a way in. Where there is none nobody gets in.
func (f *facts) askFirst() verdict {
	switch {
	case len(f.Firsts) == 0 && len(f.Levels) > 0:
		return verdict{Refuse: LevelOutOfReach}
	case len(f.Firsts) == 0:
		return verdict{Refuse: IncorrectPassword}
	}
	options := f.Firsts
	if len(f.Offered) > 0 {
		options = f.Offered
	}
	return f.ask(options, false, AskSelect, false)
}

// ask asks for one of the options: the chosen one, the only one, the preferred
// one, or else which.
func (f *facts) ask(options []Factor, preferred bool, choose ChallengeName, second bool) verdict {
	v := verdict{Ask: choose, Options: options, Second: second}
	switch {
	case slices.Contains(options, f.Chosen):
		v.Ask = ChallengeName(f.Chosen)
	case preferred || len(options) == 1 || len(options) == 2 && options[1] == FactorRecovery:
		v.Ask = ChallengeName(options[0])
	}
	return v
}

// account looks at the account's own state. settled is false when something
// else comes before letting in.
func (f *facts) account() (v verdict, settled bool) {
	byPassword := slices.Contains(f.Proven, FactorPassword)
	switch {
	case f.Status == Unconfirmed && f.Confirmable:
		return verdict{Ask: AskConfirmSignUp}, false
	case f.Status == Unconfirmed:
		return verdict{Refuse: UserNotConfirmed}, false
	case f.Status == ResetRequired && f.PasswordIsAWay:
		return verdict{Refuse: PasswordResetNeeded}, false
	case f.Status == ForceChangePassword && f.PasswordIsAWay && byPassword && f.TemporaryExpired:
		return verdict{Refuse: PasswordExpired}, false
	case f.Status == ForceChangePassword && f.PasswordIsAWay:
		return verdict{Ask: AskNewPassword}, false
	}
	settled = slices.Contains([]Status{Confirmed, ForceChangePassword, ResetRequired, ExternalProvider}, f.Status)
	return verdict{Refuse: InvalidState}, settled
}

// twice says that what is proven is enough: no second factor is owed, two
// media are proven, or something stands for both.
func (f *facts) twice() bool {
	switch {
	case !f.Required && !f.Active && !f.Risky:
		return true
	case f.standsIn() && !f.Risky:
		return true
	}
	return f.provenTwice()
}

// standsIn says that a browser or device does, for the second factor.
func (f *facts) standsIn() bool {
	return f.Remembered || f.Device && slices.Contains(f.Proven, factorDevice)
}

// provenTwice says that two factors were truly proven, none stood in for.
func (f *facts) provenTwice() bool {
	return f.VerifiedIsBoth && slices.Contains(f.Proven, factorVerifiedPasskey) ||
		f.ElsewhereIsBoth && slices.Contains(f.Proven, FactorExternal) || len(f.held()) > 1
}

// held answers the media proven. A password that was reset through an address
// is that address over again.
func (f *facts) held() []medium {
	var held []medium
	for _, p := range f.Proven {
		if m := f.medium(p); m != "" && !slices.Contains(held, m) {
			held = append(held, m)
		}
	}
	return held
}

func (f *facts) medium(p Factor) medium {
	switch {
	case p == FactorPassword && f.ResetBy != "":
		return f.ResetBy
	case p == FactorCustom && f.CustomAskedNothing:
		return ""
	}
	return mediumOf[p]
}

// seconds answers what may be proven beside what is: the person's own second
// factors, else their password, else what risk falls back on; and recovery codes.
func (f *facts) seconds() []Factor {
	options := filter(f.Seconds, f.fresh)
	temporary := f.Status == ForceChangePassword // it came by message, like the code that proved the way in
	if len(options) == 0 && f.Password && f.PasswordIsAWay && !temporary && f.fresh(FactorPassword) {
		options = []Factor{FactorPassword}
	}
	if len(options) == 0 && f.Risky {
		options = filter(f.Fallbacks, f.fresh)
	}
	if f.Recovery && f.fresh(FactorRecovery) {
		options = append(options, FactorRecovery)
	}
	return options
}

// fresh says that the factor adds to what is proven.
func (f *facts) fresh(p Factor) bool { return !slices.Contains(f.held(), f.medium(p)) }
