package risk_test

import (
	"testing"

	"pgregory.net/rapid"

	"poolhouse.dev/identity/risk"
)

func TestWhatEachSignalMakesOfASignIn(t *testing.T) {
	for _, c := range []struct {
		name    string
		signals risk.Signals
		level   risk.Level
		reasons []string
	}{
		{"nothing unusual", risk.Signals{}, risk.None, nil},
		{"a new network", risk.Signals{NewNetwork: true}, risk.None, []string{risk.ReasonNewNetwork}},
		{"a new browser", risk.Signals{NewDevice: true}, risk.Low, []string{risk.ReasonNewDevice}},
		{"a known browser abroad", risk.Signals{NewNetwork: true, NewCountry: true, KnownCountryChecked: true}, risk.Low,
			[]string{risk.ReasonNewNetwork, risk.ReasonNewCountry}},
		{"a new browser abroad", risk.Signals{NewDevice: true, NewNetwork: true, NewCountry: true, KnownCountryChecked: true}, risk.Medium,
			[]string{risk.ReasonNewDevice, risk.ReasonNewNetwork, risk.ReasonNewCountry}},
		{"a country nobody checked", risk.Signals{NewCountry: true}, risk.None, nil},
		{"impossible travel", risk.Signals{TravelKm: 16_000, TravelKmH: 8_000}, risk.High, []string{risk.ReasonImpossibleTravel}},
		{"an airliner", risk.Signals{TravelKm: 16_000, TravelKmH: 1000}, risk.None, nil},
		{"a place that is off by a city", risk.Signals{TravelKm: 100, TravelKmH: 6_000}, risk.None, nil},
		{"five accounts from one address", risk.Signals{AccountsFromAddress: 5}, risk.None, []string{risk.ReasonManyAccounts}},
		{"an office", risk.Signals{AccountsFromAddress: 4}, risk.None, nil},
		{"a sprayed address", risk.Signals{AccountsFromAddress: 20}, risk.Medium, []string{risk.ReasonManyAccounts}},
		{"a sprayed address and a new browser elsewhere", risk.Signals{AccountsFromAddress: 20, NewDevice: true, NewNetwork: true}, risk.High,
			[]string{risk.ReasonNewDevice, risk.ReasonNewNetwork, risk.ReasonManyAccounts}},
		{"a known-bad password", risk.Signals{BreachedPassword: true}, risk.Medium, []string{risk.ReasonBreachedPassword}},
		{"a mistyped password", risk.Signals{FailuresBefore: 2}, risk.None, nil},
		{"ten wrong passwords", risk.Signals{FailuresBefore: 10}, risk.Low, []string{risk.ReasonFailuresBefore}},
		{"the first sign-in", risk.Signals{FirstSignIn: true, NewDevice: true, NewNetwork: true, NewCountry: true, KnownCountryChecked: true,
			TravelKm: 16_000, TravelKmH: 8_000}, risk.None, nil},
		{"the first sign-in with a known-bad password", risk.Signals{FirstSignIn: true, NewDevice: true, BreachedPassword: true}, risk.Medium,
			[]string{risk.ReasonBreachedPassword}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := risk.Assess(c.signals)
			if a.Level != c.level || len(a.Reasons) != len(c.reasons) {
				t.Fatalf("%v with %v", a.Level, a.Reasons)
			}
			for i, code := range c.reasons {
				if a.Reasons[i].Code != code {
					t.Errorf("reason %d: %s", i, a.Reasons[i].Code)
				}
			}
		})
	}
}

func TestReasonsTellFigures(t *testing.T) {
	a := risk.Assess(risk.Signals{TravelKm: 16_093.6, TravelKmH: 8_046.8, AccountsFromAddress: 23, FailuresBefore: 12})
	found := map[string]string{}
	for _, reason := range a.Reasons {
		for name, value := range reason.Detail {
			found[name] = value
		}
	}
	for name, want := range map[string]string{"km": "16094", "km_h": "8047", "accounts": "23", "failures": "12"} {
		if found[name] != want {
			t.Errorf("%s is %q", name, found[name])
		}
	}
}

func drawSignals(t *rapid.T) risk.Signals {
	flip := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return risk.Signals{
		NewDevice: flip("device"), NewNetwork: flip("network"), NewCountry: flip("country"), KnownCountryChecked: flip("checked"),
		TravelKm: rapid.Float64Range(0, 20_015).Draw(t, "km"), TravelKmH: rapid.Float64Range(0, 30_000).Draw(t, "km/h"),
		AccountsFromAddress: rapid.IntRange(0, 50).Draw(t, "accounts"), BreachedPassword: flip("breached"),
		FailuresBefore: rapid.IntRange(0, 50).Draw(t, "failures"), FirstSignIn: flip("first"),
	}
}

// more answers signals that hold all of s and perhaps others.
func more(t *rapid.T, s risk.Signals) risk.Signals {
	other := drawSignals(t)
	return risk.Signals{
		NewDevice: s.NewDevice || other.NewDevice, NewNetwork: s.NewNetwork || other.NewNetwork, NewCountry: s.NewCountry || other.NewCountry,
		KnownCountryChecked: s.KnownCountryChecked || other.KnownCountryChecked,
		TravelKm:            max(s.TravelKm, other.TravelKm), TravelKmH: max(s.TravelKmH, other.TravelKmH),
		AccountsFromAddress: max(s.AccountsFromAddress, other.AccountsFromAddress),
		BreachedPassword:    s.BreachedPassword || other.BreachedPassword,
		FailuresBefore:      max(s.FailuresBefore, other.FailuresBefore), FirstSignIn: s.FirstSignIn,
	}
}

func TestMoreSignalsNeverLowerTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSignals(t)
		less, more := risk.Assess(s), risk.Assess(more(t, s))
		if more.Score < less.Score || more.Level < less.Level {
			t.Fatalf("%+v fell to %+v", less, more)
		}
	})
}

func TestEveryScoreIsTheSumOfItsReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := risk.Assess(drawSignals(t))
		sum := 0
		for _, reason := range a.Reasons {
			if reason.Weight <= 0 {
				t.Fatalf("a reason without weight: %+v", reason)
			}
			sum += reason.Weight
		}
		if a.Score != min(sum, 100) || a.Level < risk.None || a.Level > risk.High {
			t.Fatalf("%+v", a)
		}
	})
}

func TestLevelsBeginWhereTheySay(t *testing.T) {
	for level, word := range map[risk.Level]string{risk.None: "none", risk.Low: "low", risk.Medium: "medium", risk.High: "high", 7: "unknown", -1: "unknown"} {
		if level.String() != word {
			t.Errorf("%d is %q", int(level), level)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := risk.Assess(drawSignals(t))
		low, medium, high := a.Score >= risk.LowFrom, a.Score >= risk.MediumFrom, a.Score >= risk.HighFrom
		if (a.Level >= risk.Low) != low || (a.Level >= risk.Medium) != medium || (a.Level == risk.High) != high {
			t.Fatalf("%+v", a)
		}
	})
}
