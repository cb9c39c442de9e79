package identity

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/identity/risk"
	"poolhouse.dev/storage"
)

// Risk is what was found about one sign-in, as stored.
type Risk struct {
	Level   string   `json:"level"` // none, low, medium, high
	Score   int      `json:"score,omitempty"`
	Reasons []string `json:"reasons,omitempty"` // codes of package risk, the heaviest first
	Action  string   `json:"action,omitempty"`  // what the pool does at this level; "" does nothing
	Notify  bool     `json:"notify,omitempty"`
}

// The actions (Cognito AccountTakeoverEventActionType).
const (
	riskBlock           = "BLOCK"
	riskMFA             = "MFA_REQUIRED"
	riskMFAIfConfigured = "MFA_IF_CONFIGURED"
	riskNoAction        = "NO_ACTION"
)

func (p *Pool) securityMode() string { return cmp.Or(p.AddOns.AdvancedSecurityMode, "AUDIT") }

// assess weighs the sign-in once somebody has proven a way in. true says that
// there is something new for decide to look at.
func (c *Core) assess(w storage.Writer, s *standing, a *attempt, o Origin) (bool, error) {
	due := a.Risk == nil && s.facts.Known && s.facts.inFirst()
	if !due || s.pool.securityMode() == "OFF" {
		return false, nil
	}
	a.Risk = &Risk{Level: risk.None.String()}
	if holdsAddress(s.pool.Risk.Exceptions.Skipped, o.Address) {
		return true, nil
	}
	signals, err := c.signals(w, s, a, o)
	if err != nil {
		return false, err
	}
	found := risk.Assess(signals)
	a.Risk.Level, a.Risk.Score = found.Level.String(), found.Score
	for _, r := range found.Reasons {
		a.Risk.Reasons = append(a.Risk.Reasons, r.Code)
	}
	if s.pool.securityMode() == "ENFORCED" {
		act := s.pool.riskAction(found.Level)
		a.Risk.Action, a.Risk.Notify = act.EventAction, act.Notify
	}
	return true, nil
}

func (p *Pool) riskAction(level risk.Level) RiskAction {
	actions := p.Risk.AccountTakeover.Actions
	return map[risk.Level]RiskAction{risk.Low: actions.Low, risk.Medium: actions.Medium, risk.High: actions.High}[level]
}

// pastLooked is how many of a person's last sign-ins the present one is held against.
const pastLooked = 50

// signals gathers what is unusual.
func (c *Core) signals(w storage.Writer, s *standing, a *attempt, o Origin) (risk.Signals, error) {
	past, err := c.pastSignIns(w, s.pool.ID, s.user.ID)
	if err != nil {
		return risk.Signals{}, err
	}
	out := risk.Signals{FirstSignIn: len(past) == 0, NewDevice: !a.Familiar, BreachedPassword: a.Breached}
	if err := c.noteUse(w, s.pool.ID, string(s.user.ID), o); err != nil {
		return risk.Signals{}, err
	}
	if out.AccountsFromAddress, err = c.usesFrom(w, s.pool.ID, o); err != nil {
		return risk.Signals{}, err
	}
	if out.FailuresBefore, err = c.failuresOf(w, a, o); err != nil {
		return risk.Signals{}, err
	}
	c.compare(&out, past, o)
	return out, nil
}

// compare holds network, country and travel against the past.
func (c *Core) compare(out *risk.Signals, past []SignInEvent, o Origin) {
	here, network := c.Places.Of(o.Address), risk.NetworkOf(o.Address)
	out.NewNetwork = network != "" && !slices.ContainsFunc(past, func(e SignInEvent) bool { return e.network() == network })
	out.KnownCountryChecked = here.Country != "" && slices.ContainsFunc(past, func(e SignInEvent) bool { return e.Country != "" })
	out.NewCountry = !slices.ContainsFunc(past, func(e SignInEvent) bool { return e.Country == here.Country })
	if len(past) > 0 {
		last := past[0]
		there := risk.Place{
			Country: last.Country, City: last.City, Latitude: last.Latitude, Longitude: last.Longitude, Located: last.Located, Known: last.Country != "",
		}
		out.TravelKm, out.TravelKmH = risk.Travel(there, here, c.Now().Sub(last.At))
	}
}

// failuresOf answers how many tries failed since the last sign-in.
func (c *Core) failuresOf(r storage.Reader, a *attempt, o Origin) (int, error) {
	key, err := c.tallyKey(r, *a, o, "")
	if err != nil {
		return 0, err
	}
	t, err := tallies.Get(r, string(a.PoolID), key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return 0, fmt.Errorf("tally: %w", err)
	}
	return max(0, t.Failures-1), nil // the try that got here is counted, too
}

// addressUse notes that somebody was tried from a network, whether they exist
// or not.
type addressUse struct {
	PoolID  PoolID    `json:"user_pool_id"`
	Network string    `json:"network"`
	Who     string    `json:"who"` // a sub, or the hash of an unknown name
	At      time.Time `json:"at"`
}

var addressUses = storage.Collection[addressUse]{
	Name: "address_use", Format: 1,
	ID: func(u *addressUse) []any { return []any{string(u.PoolID), u.Network, u.Who} },
	Indexes: []storage.Index[addressUse]{
		{Name: "at", Of: func(u *addressUse) []any { return []any{u.At} }},
	},
}

// useWindow is how long a tried account counts against its network.
const useWindow = time.Hour

// noteUse notes that somebody was tried from here.
func (c *Core) noteUse(w storage.Writer, pool PoolID, who string, o Origin) error {
	from := network(o.Address)
	if from == "" {
		return nil
	}
	return addressUses.Put(w, addressUse{PoolID: pool, Network: from, Who: who, At: c.Now()})
}

// usesFrom answers how many were tried from here in the last hour, at most 100.
func (c *Core) usesFrom(r storage.Reader, pool PoolID, o Origin) (int, error) {
	from := network(o.Address)
	if from == "" {
		return 0, nil
	}
	all, err := addressUses.List(r, storage.Page{Prefix: []any{string(pool), from}, Limit: 100})
	return len(filter(all, func(u addressUse) bool { return c.Now().Sub(u.At) < useWindow })), err
}
