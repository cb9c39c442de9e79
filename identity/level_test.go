package identity

import (
	"slices"
	"testing"
)

// askForLevels lets the app of some walks ask for levels, and gives the person
// something to reach them by.
func (w *walk) askForLevels() {
	f := &w.facts
	if w.random.IntN(4) > 0 || len(f.Firsts) == 0 || f.Firsts[0] == FactorCustom {
		return
	}
	for range 1 + w.random.IntN(2) {
		f.Levels = append(f.Levels, Level(1+w.random.IntN(4)))
	}
	f.Climbs = slices.Clone(f.Seconds)
	for _, way := range f.Firsts {
		if !slices.ContainsFunc(f.Climbs, func(c Factor) bool { return mediumOf[c] == mediumOf[way] }) && (way != FactorPassword || f.Password) {
			f.Climbs = append(f.Climbs, way)
		}
	}
}

// highEnough is the model's own reading of Cognito's table.
func (w *walk) highEnough() bool {
	held, word, others := map[medium]bool{}, false, 0
	for _, p := range w.proven {
		if p == FactorPassword {
			word = true
			continue
		}
		held[mediumOf[p]] = true
		if m := mediumOf[p]; m != "" && m != w.facts.ResetBy {
			others++
		}
	}
	level := Level(1)
	if word && w.facts.ResetBy != "" {
		held[w.facts.ResetBy], word = true, others > 0
	}
	switch {
	case word && held[mediumApp]:
		level = 4
	case held[mediumKey], word && (held[mediumMailbox] || held[mediumPhone]):
		level = 3
	case held[mediumMailbox], held[mediumPhone]:
		level = 2
	}
	return len(w.facts.Levels) == 0 || level >= slices.Min(w.facts.Levels)
}

func TestTheFirstLevelThatCanBeReachedIsDemanded(t *testing.T) {
	word := facts{Known: true, Status: Confirmed, Firsts: []Factor{FactorPassword}, Proven: []Factor{FactorPassword}, Climbs: []Factor{FactorEmail, FactorPassword}}
	for name, one := range map[string]struct {
		levels []Level
		want   verdict
	}{
		"the best is out of reach": {[]Level{4, 3}, verdict{Ask: AskEmail, Options: []Factor{FactorEmail}, Second: true}},
		"there already":            {[]Level{1, 3}, verdict{Done: true}},
		"none can be reached":      {[]Level{4}, verdict{Refuse: LevelOutOfReach}},
		"more than was asked for":  {[]Level{2}, verdict{Ask: AskEmail, Options: []Factor{FactorEmail}, Second: true}},
	} {
		f := word
		f.Levels = one.levels
		if got := decide(f); got.Ask != one.want.Ask || got.Refuse != one.want.Refuse || got.Done != one.want.Done || !slices.Equal(got.Options, one.want.Options) {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
}

func TestALevelIsOfEveryFactorThatWasProven(t *testing.T) {
	for _, one := range []struct {
		proven []Factor
		reset  medium
		want   Level
	}{
		{[]Factor{FactorPassword}, "", 1},
		{[]Factor{FactorCustom}, "", 1},
		{[]Factor{FactorPassword, FactorRecovery}, "", 1},
		{[]Factor{FactorEmailCode}, "", 2},
		{[]Factor{FactorSMSCode}, "", 2},
		{[]Factor{FactorPasskey}, "", 3},
		{[]Factor{FactorPassword, FactorSMS}, "", 3},
		{[]Factor{FactorEmailCode, FactorPassword}, "", 3},
		{[]Factor{FactorEmailCode, FactorPassword}, mediumMailbox, 2}, // the password was reset by that mailbox
		{[]Factor{FactorPassword, FactorTOTP}, "", 4},
		{[]Factor{FactorPassword, FactorTOTP}, mediumMailbox, 4}, // with the app it counts for itself
		{[]Factor{FactorPassword}, mediumMailbox, 2},
		{[]Factor{FactorPasskey, FactorTOTP}, "", 3},
	} {
		f := facts{Proven: one.proven, ResetBy: one.reset}
		if got := f.level(); got != one.want {
			t.Errorf("%v reset by %q makes %d, want %d", one.proven, one.reset, got, one.want)
		}
	}
}

func TestAProviderIsTakenAtItsWord(t *testing.T) {
	k := joins(t)
	k.alters("Elsewhere", func(p *IdentityProvider) { p.AcrMapping = map[string]string{"Level1": "silver", "Level3": "gold"} })
	for acr, want := range map[string]Level{"": 1, "silver": 1, "gold": 3, "platinum": 1} {
		step, err := k.signIn().Federated(t.Context(), Federated{
			Pool: testPool, Client: testClient, Channel: testChannel, Origin: k.origin(7),
			External: External{Provider: "Elsewhere", Subject: "s-" + acr, Attributes: map[string]string{}, ACR: acr},
		})
		k.ok(err)
		if got := step.Done.Auth.Level(); got != want {
			t.Errorf("%q makes level %d, want %d", acr, got, want)
		}
	}
}
