package identity

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// Level says how strongly somebody has proven themselves, from 1 to 4; 0 is
// nothing known (Cognito "Authentication levels with ACR and AMR claims").
type Level int

// rungs are what makes each level, the strongest first: Cognito's, and fixed.
// What stands in none of them, as a recovery code or a custom way in, makes
// level 1.
var rungs = []rung{
	{4, []medium{mediumWord, mediumApp}},
	{3, []medium{mediumKey}}, {3, []medium{mediumWord, mediumPhone}}, {3, []medium{mediumWord, mediumMailbox}},
	{2, []medium{mediumMailbox}}, {2, []medium{mediumPhone}},
	{1, []medium{mediumWord}},
}

type rung struct {
	level Level
	media []medium
}

// AcrConfiguration names the levels in tokens: by Level1 to Level4. What is left
// out has Cognito's name (AcrConfigurationType).
type AcrConfiguration map[string]string

// levelKey is how settings call a level.
func levelKey(l Level) string { return fmt.Sprintf("Level%d", l) }

const strongest Level = 4

// LevelName answers what the pool's tokens call a level; "" for none.
func (p *Pool) LevelName(l Level) string {
	if l < 1 || l > strongest {
		return ""
	}
	return cmp.Or(p.AcrConfiguration[levelKey(l)], loa(l))
}

// loa is Cognito's name of a level.
func loa(l Level) string { return fmt.Sprintf("urn:cognito:loa:%d", l) }

// LevelNames answers the names of all levels, the weakest first.
func (p *Pool) LevelNames() (names []string) {
	for l := Level(1); l <= strongest; l++ {
		names = append(names, p.LevelName(l))
	}
	return names
}

// Levels reads names, in their order; what is no name of the pool's is left out.
func (p *Pool) Levels(names []string) (levels []Level) {
	all := p.LevelNames()
	for _, name := range names {
		if l := Level(slices.Index(all, name) + 1); l > 0 && !slices.Contains(levels, l) {
			levels = append(levels, l)
		}
	}
	return levels
}

// houseACR are values of acr that say something of a sign-in whatever the pool says:
// package oauth's own, and the names of OpenID Connect EAP ACR Values §2.
var houseACR = []string{"1", "2", "phr", "phrh"}

// reserved says that a name means something else than the level: an app that asks for
// two factors or a passkey must not get what a pool has called so.
func reserved(key, name string) bool {
	name = strings.ToLower(name)
	for l := Level(1); l <= strongest; l++ {
		if name == loa(l) && key != levelKey(l) {
			return true
		}
	}
	return slices.Contains(houseACR, name)
}

var acrPattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// levelRules: a name belongs to one level, the names that are left out among them.
func levelRules(p *Pool) []setting {
	rules := []setting{among("acr_configuration", p.LevelNames(), "", p.LevelNames()...)}
	for key, name := range p.AcrConfiguration {
		known := slices.Contains([]string{levelKey(1), levelKey(2), levelKey(3), levelKey(4)}, key)
		rules = append(rules,
			setting{"acr_configuration", known, "takes Level1, Level2, Level3 and Level4"},
			setting{"acr_configuration." + key, fits(acrPattern, name, 64), "must have 1-64 visible ASCII characters, none of them \" or \\"},
			setting{"acr_configuration." + key, !reserved(key, name), "must not be 1, 2, phr, phrh or Cognito's name of another level, which say something else of a sign-in"})
	}
	slices.SortStableFunc(rules, func(a, b setting) int { return strings.Compare(a.field, b.field) })
	return rules
}

// level is what the proven factors make, or what the provider says that the person
// comes from.
func (f *facts) level() Level {
	vouched := Level(1)
	if slices.Contains(f.Proven, FactorExternal) {
		vouched = max(vouched, f.Vouched)
	}
	for _, r := range rungs {
		if len(f.lacks(r.media)) == 0 {
			return max(r.level, vouched)
		}
	}
	return vouched
}

// vouches answers the level that a provider's own word for a sign-in stands for; 0 for
// none (Cognito AcrMapping).
func (p *IdentityProvider) vouches(acr string) Level {
	for l := strongest; l > 0 && acr != ""; l-- {
		if p.AcrMapping[levelKey(l)] == acr {
			return l
		}
	}
	return 0
}

// lacks answers the media that are not proven.
func (f *facts) lacks(media []medium) []medium {
	held := f.held()
	if slices.Contains(f.Proven, FactorPassword) && f.wordCounts(media) {
		held = append(held, mediumWord)
	}
	return filter(media, func(m medium) bool { return !slices.Contains(held, m) })
}

// wordCounts: a password that was reset through an address is that address over
// again, until something else is proven beside it.
func (f *facts) wordCounts(beside []medium) bool {
	return f.ResetBy == "" || slices.ContainsFunc(beside, func(m medium) bool { return m != mediumWord && m != f.ResetBy })
}

// climb answers what may be proven next on the way to the first of the levels that
// the person can reach; nothing when they are there. stuck says that they can reach
// none of them with what they have.
func (f *facts) climb() (options []Factor, stuck bool) {
	for _, target := range f.Levels {
		if f.level() >= target {
			return nil, false
		}
		if options = f.wayTo(target); len(options) > 0 {
			return options, false
		}
	}
	return nil, len(f.Levels) > 0
}

// wayTo answers the first steps of the shortest ways to a level.
func (f *facts) wayTo(target Level) (options []Factor) {
	shortest := len(rungs)
	for _, r := range rungs {
		way := f.steps(r.media)
		if r.level < target || len(way) == 0 || len(way) > shortest {
			continue
		}
		if len(way) < shortest {
			shortest, options = len(way), nil
		}
		if !slices.Contains(options, way[0]) {
			options = append(options, way[0])
		}
	}
	return options
}

// steps answers the factors by which the person proves what lacks; none when they
// lack one of them.
func (f *facts) steps(media []medium) (way []Factor) {
	for _, m := range f.lacks(media) {
		i := slices.IndexFunc(f.Climbs, func(c Factor) bool {
			return f.fresh(c) && (f.medium(c) == m || c == FactorPassword && m == mediumWord && f.wordCounts(media))
		})
		if i < 0 {
			return nil
		}
		way = append(way, f.Climbs[i])
	}
	return way
}

// leading answers the ways in that may lead to one of the levels, by what the pool
// takes: not by what the person has, or the choice would tell of it.
func leading(ways, seconds []Factor, levels []Level) []Factor {
	if len(levels) == 0 {
		return ways
	}
	everything := facts{Climbs: slices.Concat(seconds, ways)}
	return filter(ways, func(way Factor) bool {
		return slices.ContainsFunc(rungs, func(r rung) bool {
			within := slices.Contains(r.media, mediumOf[way]) && r.level >= slices.Min(levels)
			return within && len(everything.steps(r.media)) == len(r.media)
		})
	})
}

// climbsOf are what the person can prove: their second factors, switched on or not,
// and their ways in.
func (s *standing) climbsOf(seconds, ways []Factor) []Factor {
	have := slices.Clone(seconds)
	for _, way := range s.has.firsts(&s.user, ways) {
		if way == FactorPassword && s.user.Status == ForceChangePassword {
			continue // it came by message, like a code
		}
		if !slices.ContainsFunc(have, func(f Factor) bool { return mediumOf[f] == mediumOf[way] }) {
			have = append(have, way)
		}
	}
	return have
}

// Upgrade makes an earlier sign-in count for what it proved: the person proves what
// lacks for one of the levels. A sign-in that is older than MaxAge counts for nothing.
type Upgrade struct {
	Of     Authentication
	MaxAge *time.Duration // nil: however old
}

// credit gives the attempt what an earlier sign-in has proven. OtherAccount says that
// it was somebody else's, or another app's.
func (s *SignIn) credit(r storage.Reader, op string, a *attempt, up *Upgrade) (*Error, error) {
	if up == nil {
		return nil, nil
	}
	of := up.Of
	if of.pool != a.PoolID || of.client != a.ClientID || of.user != a.UserID {
		return refuse(op, OtherAccount), nil
	}
	if up.MaxAge != nil && s.Now().Sub(of.at) > *up.MaxAge {
		return nil, nil
	}
	u, _, err := s.Active(r, of.pool, of.user, of.epoch)
	if err != nil {
		return nil, err
	}
	has, err := s.possessionsOf(r, &u)
	a.Proven = filter(of.factors, func(f Factor) bool { return has.still(&u, f, of.at) })
	a.Since = of.at
	return nil, err
}

// still says that a person has what they proved then: what was removed may have been
// lost to a thief. Only of the password the time is held against it: an app or a
// passkey may be younger than the sign-in, and have been proven in a step after it.
func (has *possessions) still(u *User, f Factor, then time.Time) bool {
	switch f {
	case FactorPassword:
		return !has.password.ChangedAt.After(then)
	case FactorTOTP:
		return len(has.app.Secret) > 0
	case FactorPasskey, factorVerifiedPasskey:
		return len(has.keys) > 0
	}
	attribute := attributeOf(f)
	return attribute == "" || verified(u, attribute)
}

// alreadyThere refuses an upgrade of a sign-in that needs none: it would only renew it.
func (s *SignIn) alreadyThere(r storage.Reader, op string, p Pool, a attempt) (*Error, error) {
	if a.Since.IsZero() {
		return nil, nil
	}
	now, err := s.gather(r, p, a)
	if err == nil && decide(now.facts).Done {
		return refuse(op, LevelReached), nil
	}
	return nil, err
}
