package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// Codes to one destination, whichever users and purposes they are for: a phone
// or a mailbox must not be flooded through accounts made with its address.
var (
	messagesPerHour = Limit{Name: "send_destination", Burst: 5, Every: 12 * time.Minute, By: ByDestination}
	messagesPerDay  = Limit{Name: "send_destination_day", Burst: 10, Every: 144 * time.Minute, By: ByDestination}
)

// sentPurposes are those whose codes are sent on demand.
var sentPurposes = []Purpose{
	PurposeSignUp, PurposeReset, PurposeVerifyEmail, PurposeVerifyPhone, PurposeSignIn, PurposeMFA, PurposeSetUp,
}

// destinationKey is what messages to an address are counted under. It is the
// stand-in for whoever types that address without having an account, so that a
// code which goes nowhere counts with those that arrive.
func (c *Core) destinationKey(p *Pool, s *sending) string {
	value := s.To.Value
	if value == "" {
		value = s.User.Attributes[s.Shown.Attribute]
	}
	if value == "" {
		return personKey(p.ID, s.User.ID)
	}
	return personKey(p.ID, c.ghost(p, value).ID)
}

// sendCharges are the counts that a message falls under. What a browser asks for
// that knows the person counts apart, and so does what comes from a network they
// have signed in from: nobody who floods the address from elsewhere keeps its
// owner out, not even in a new browser at home.
func (c *Core) sendCharges(r storage.Reader, p *Pool, s *sending) ([]charge, error) {
	to, person := c.destinationKey(p, s), personKey(p.ID, s.User.ID)
	_, known, err := c.browserOf(r, p.ID, s.User.ID, s.Origin)
	if err != nil {
		return nil, err
	}
	home, err := c.fromHome(r, p.ID, s.User.ID, s.Origin)
	switch {
	case known:
		to, person = knownKey(to, s.Origin), knownKey(person, s.Origin)
	case home:
		from := " " + network(s.Origin.Address)
		to, person = to+from, person+from
	}
	return []charge{{sendsPerHour(s.Purpose), person}, {messagesPerHour, to}, {messagesPerDay, to}}, err
}

// maySend takes one message from the counts it falls under. The day's budget is
// only looked at: what goes out counts when it does.
func (c *Core) maySend(w storage.Writer, op string, p *Pool, s *sending) (*Error, error) {
	by := callerOf(&s.User, deed{Client: s.Client, Origin: s.Origin})
	if failed, err := c.withinBudget(w, op, p, s.medium(), by); err != nil || failed != nil {
		return failed, err
	}
	charges, err := c.sendCharges(w, p, s)
	if err != nil {
		return nil, err
	}
	return c.under(w, op, by, charges...)
}

// medium is how the code goes, or would.
func (s *sending) medium() string {
	if s.To.Value == "" {
		return s.Shown.Medium
	}
	return s.To.medium()
}

// spent counts what a pool sent on one day (UTC).
type spent struct {
	PoolID PoolID `json:"user_pool_id"`
	Medium string `json:"medium"` // EMAIL, SMS
	Day    string `json:"day"`    // 2026-05-03
	Count  int    `json:"count"`
}

var spending = storage.Collection[spent]{
	Name: "message_budget", Format: 1,
	ID: func(s *spent) []any { return []any{string(s.PoolID), s.Medium, s.Day} },
	Indexes: []storage.Index[spent]{
		{Name: "day", Of: func(s *spent) []any { return []any{s.Day} }},
	},
}

// budget is how many messages of a medium the pool may send in a day; 0 is any.
func (p *Pool) budget(medium string) (name string, most int) {
	if medium == mediumSMS {
		return "sms_per_day", p.MessageLimits.SMSPerDay
	}
	return "email_per_day", p.MessageLimits.EmailPerDay
}

func (c *Core) today() string { return c.Now().UTC().Format(time.DateOnly) }

// budgetTold is how often the audit says that a budget is spent.
const budgetTold = time.Hour

// withinBudget refuses a code while the day's budget is spent. Notices go out
// nevertheless: somebody's account may depend on them.
func (c *Core) withinBudget(w storage.Writer, op string, p *Pool, medium string, by caller) (*Error, error) {
	name, most := p.budget(medium)
	left, err := c.budgetLeft(w, p, medium)
	if err != nil || left > 0 || most == 0 {
		return nil, err
	}
	by.user = "" // the budget is the pool's
	return c.reached(w, op, reached{name, string(p.ID), c.untilTomorrow(), budgetTold}, by, nil)
}

// budgetLeft answers what is left of the day's budget.
func (c *Core) budgetLeft(r storage.Reader, p *Pool, medium string) (int, error) {
	_, most := p.budget(medium)
	if most == 0 || !c.RateLimits {
		return 1, nil
	}
	s, err := spending.Get(r, string(p.ID), medium, c.today())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return 0, fmt.Errorf("budget: %w", err)
	}
	return max(0, most-s.Count), nil
}

func (c *Core) untilTomorrow() time.Duration {
	now := c.Now().UTC()
	return now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

// spendMessage counts a message of a pool that has a budget for its medium.
func (c *Core) spendMessage(w storage.Writer, p *Pool, medium string) error {
	if _, most := p.budget(medium); most == 0 {
		return nil
	}
	s, err := spending.Get(w, string(p.ID), medium, c.today())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("budget: %w", err)
	}
	s.PoolID, s.Medium, s.Day, s.Count = p.ID, medium, c.today(), s.Count+1
	return spending.Put(w, s)
}

// writesTo says that the pool sends text messages to a number's country.
func (p *Pool) writesTo(number string) bool {
	countries := p.MessageLimits.SMSCountries
	return len(countries) == 0 || slices.ContainsFunc(countries, func(code string) bool {
		return strings.HasPrefix(number, "+"+strings.TrimPrefix(code, "+"))
	})
}

// Reasons of AttributeRefused.
const (
	ReasonDisposable = "disposable" // the mail domain hands out addresses to throw away
	ReasonCountry    = "country"    // no text messages go to this country
	ReasonWithheld   = "withheld"   // not the person's to write, whatever the value
)

// addressRefusal refuses a new address that the pool takes none of. had are the
// attributes so far: what somebody has already stays usable.
func (c *Core) addressRefusal(op string, p *Pool, had, given map[string]string) *Error {
	if email := given[attrEmail]; email != had[attrEmail] && c.disposable(p, email) {
		return &Error{Code: AttributeRefused, Op: op, Field: attrEmail, Reason: ReasonDisposable}
	}
	if phone := given[attrPhone]; phone != "" && phone != had[attrPhone] && !p.writesTo(phone) {
		return &Error{Code: AttributeRefused, Op: op, Field: attrPhone, Reason: ReasonCountry}
	}
	return nil
}

// disposable looks a mail domain and those above it up.
func (c *Core) disposable(p *Pool, email string) bool {
	if c.Disposable == nil || p.DisposableAddresses != "refuse" {
		return false
	}
	_, domain, _ := strings.Cut(email, "@")
	for strings.Contains(domain, ".") {
		if c.Disposable(domain) {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}
