// Package risk says how unusual a sign-in is and why, from facts that its caller
// gathered: what the Cognito API calls threat protection (AdvancedSecurityMode,
// adaptive authentication). It is arithmetic over one table, no model: every
// point of a score has a reason that can be shown to an administrator.
//
// Places tells where an address is, from a file the operator supplies.
package risk

import (
	"strconv"
)

// Signals are the facts of one sign-in. The zero value is an ordinary one.
type Signals struct {
	NewDevice  bool // this browser has not signed this person in before
	NewNetwork bool // nor has this network; see NetworkOf
	// NewCountry counts only with KnownCountryChecked: the countries of this and
	// of an earlier sign-in are known.
	NewCountry          bool
	KnownCountryChecked bool
	// TravelKm and TravelKmH are how far and how fast the person would have come
	// since the last sign-in; see Travel. 0 is unknown.
	TravelKm, TravelKmH float64
	AccountsFromAddress int  // distinct accounts tried from this address in the last hour
	BreachedPassword    bool // the password used is in a list of known ones
	FailuresBefore      int  // wrong answers for this account since its last sign-in
	// FirstSignIn: everything is new the first time, and nothing of it counts.
	FirstSignIn bool
}

// Level is Cognito's RiskLevel, with None for NoRisk.
type Level int

// Levels, in rising order.
const (
	None Level = iota
	Low
	Medium
	High
)

// String is the word that is stored and shown: none, low, medium or high.
func (l Level) String() string {
	if l < None || l > High {
		return "unknown"
	}
	return [...]string{"none", "low", "medium", "high"}[l]
}

// Scores from which a level begins.
const (
	LowFrom    = 20
	MediumFrom = 40
	HighFrom   = 70
)

// Codes of reasons.
const (
	ReasonNewDevice        = "new_device"
	ReasonNewNetwork       = "new_network"
	ReasonNewCountry       = "new_country"
	ReasonImpossibleTravel = "impossible_travel"
	ReasonManyAccounts     = "many_accounts"
	ReasonBreachedPassword = "breached_password"
	ReasonFailuresBefore   = "failures_before"
)

// Reason is a part of a score. Detail holds figures for a text: km, km_h,
// accounts or failures, as whole numbers.
type Reason struct {
	Code   string
	Weight int
	Detail map[string]string
}

// Assessment is what Assess found. Score is the sum of the weights, at most 100;
// Reasons are in the order of the table, empty for None.
type Assessment struct {
	Level   Level
	Score   int
	Reasons []Reason
}

// Speed and distance above which nobody travels: airliners make 900 km/h, and
// places of addresses are often wrong by a city.
const (
	FastestKmH = 1000
	NearKm     = 100
)

// weights is the whole of the judgement. A rule answers 0 where it does not
// apply, and never less for more of the same signal. Alone, a new browser is a
// low risk, a known-bad password or a sprayed address a medium one, impossible
// travel a high one; a new browser in a new network abroad is medium.
var weights = []struct {
	code   string
	weight func(Signals) int
	detail func(Signals) map[string]string
}{
	{ReasonNewDevice, func(s Signals) int { return points(20, s.NewDevice && !s.FirstSignIn) }, nil},
	{ReasonNewNetwork, func(s Signals) int { return points(10, s.NewNetwork && !s.FirstSignIn) }, nil},
	{ReasonNewCountry, func(s Signals) int {
		return points(25, s.NewCountry && s.KnownCountryChecked && !s.FirstSignIn)
	}, nil},
	{ReasonImpossibleTravel, func(s Signals) int {
		return points(70, s.TravelKmH > FastestKmH && s.TravelKm > NearKm && !s.FirstSignIn)
	}, travelled},
	{ReasonManyAccounts, func(s Signals) int { return steps(s.AccountsFromAddress, 5, 15, 20, 40) }, accounts},
	{ReasonBreachedPassword, func(s Signals) int { return points(40, s.BreachedPassword) }, nil},
	{ReasonFailuresBefore, func(s Signals) int { return steps(s.FailuresBefore, 3, 10, 10, 25) }, failures},
}

// Assess weighs the signals. More signals never lower the score, but for
// FirstSignIn, which says that there is nothing to compare with.
func Assess(s Signals) Assessment {
	var a Assessment
	for _, rule := range weights {
		weight := rule.weight(s)
		if weight == 0 {
			continue
		}
		reason := Reason{Code: rule.code, Weight: weight}
		if rule.detail != nil {
			reason.Detail = rule.detail(s)
		}
		a.Reasons = append(a.Reasons, reason)
		a.Score += weight
	}
	a.Score = min(a.Score, 100)
	a.Level = levelOf(a.Score)
	return a
}

func levelOf(score int) Level {
	switch {
	case score >= HighFrom:
		return High
	case score >= MediumFrom:
		return Medium
	case score >= LowFrom:
		return Low
	}
	return None
}

func points(weight int, applies bool) int {
	if applies {
		return weight
	}
	return 0
}

// steps answers few from some on, and much from many on.
func steps(n, some, few, many, much int) int {
	switch {
	case n >= many:
		return much
	case n >= some:
		return few
	}
	return 0
}

func travelled(s Signals) map[string]string {
	return map[string]string{"km": whole(s.TravelKm), "km_h": whole(s.TravelKmH)}
}

func accounts(s Signals) map[string]string {
	return map[string]string{"accounts": strconv.Itoa(s.AccountsFromAddress)}
}

func failures(s Signals) map[string]string {
	return map[string]string{"failures": strconv.Itoa(s.FailuresBefore)}
}

func whole(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }
