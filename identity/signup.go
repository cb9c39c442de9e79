package identity

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// SignUp asks for an account. In a pool with username_attributes Username is
// the address.
type SignUp struct {
	Pool       PoolID
	Client     ClientID // "" for the account pages
	Channel    Channel
	Username   string
	Password   string // "" where people come in by a code or a passkey
	Attributes map[string]string
	Twice      bool // see Start
	API        bool // see Enroll
	Puzzle     PuzzleAnswer
	Origin     Origin
}

// newcomer is a checked sign-up.
type newcomer struct {
	pool  Pool
	user  User
	typed string
	made  kept
	hides bool   // a taken address must not show
	way   Factor // by which somebody without a password comes in
}

// SignUp makes an account. The step is an attempt whose password is already
// proven: it asks for the mailed code, or is done where the pool verifies
// nothing; UserNotConfirmed says that the account is made and waits for an
// administrator. Where existence is hidden, a taken address gets the same step and
// its owner a mail.
func (a *Accounts) SignUp(ctx context.Context, in SignUp) (Step, error) {
	step, _, err := a.signUp(ctx, "Accounts.SignUp", in)
	return step, err
}

// signUp answers the user too, who where existence is hidden may not be stored.
func (a *Accounts) signUp(ctx context.Context, op string, in SignUp) (step Step, made User, err error) {
	n, err := a.prepareSignUp(ctx, op, in)
	if err != nil {
		return Step{}, User{}, err
	}
	if err := a.pass(ctx, entry{op, in.Pool, in.Client, DoorSignUp, "", in.Puzzle, in.Origin}); err != nil {
		return Step{}, User{}, err
	}
	// Hashed before anybody knows whether the name is taken: same work, same time.
	if n.way == "" {
		if n.made, err = a.keep(ctx, op, &n.pool, &n.user, in.Password); err != nil {
			return Step{}, User{}, err
		}
	}
	step, err = a.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now := n
		step, failed, err := a.recordSignUp(w, op, &now, in)
		made = now.user
		return step, failed, err
	})
	return step, made, err
}

// prepareSignUp checks everything that needs no other user.
func (a *Accounts) prepareSignUp(ctx context.Context, op string, in SignUp) (n newcomer, err error) {
	var cl Client
	if n.pool, cl, err = a.open(ctx, op, in.Pool, in.Client); err != nil {
		return newcomer{}, err
	}
	if err := a.keepOut(ctx, op, &n.pool, deed{Action: "sign_up", Client: in.Client, Origin: in.Origin}); err != nil {
		return newcomer{}, err
	}
	switch {
	case n.pool.AdminCreateUserConfig.AllowAdminCreateUserOnly:
		return newcomer{}, refuse(op, SignUpClosed)
	case !cl.signsInHere():
		return newcomer{}, refuse(op, NotAllowed)
	}
	if cl.WriteAttributes, err = a.writes(ctx, in.Pool, in.Client); err != nil {
		return newcomer{}, err
	}
	if err = a.keepReserved(ctx, op, &n.pool, in.Username); err != nil {
		return newcomer{}, err
	}
	if n.user, err = a.newUser(op, &n.pool, &cl, bySignUp, in.Username, in.Attributes); err != nil {
		return newcomer{}, err
	}
	if failed := a.addressRefusal(op, &n.pool, nil, n.user.Attributes); failed != nil {
		if slices.Contains(n.pool.UsernameAttributes, failed.Field) {
			failed.Field = "username"
		}
		return newcomer{}, failed
	}
	n.user.Locale = in.Origin.Locale
	if in.Password == "" {
		n.way = a.wayWithout(&n.pool, &cl, &n.user)
	}
	if n.user.Status, err = firstStatus(op, &n.pool, &n.user); err != nil {
		return newcomer{}, err
	}
	if n.way != "" {
		n.user.Status = Unconfirmed
	}
	// Where nothing is verified a sign-up signs in at once, and cannot hide.
	n.typed, n.hides = cmp.Or(in.Username, n.user.anyAddress(&n.pool)), n.user.Status == Unconfirmed && len(n.pool.UsernameAttributes) > 0 && cl.hidesExistence()
	if n.way != "" {
		return n, nil
	}
	if !slices.Contains(a.waysIn(&n.pool, &cl), FactorPassword) {
		return newcomer{}, &Error{Code: InvalidParameter, Op: op, Field: "password", Err: errors.New("nobody signs in with a password here")}
	}
	if failed := policyRefusal(op, &n.pool, &cl, &n.user, in.Password); failed != nil {
		return newcomer{}, failed
	}
	return n, either(a.breachRefusal(ctx, op, &n.pool, lookAtSignUp, in.Password), nil)
}

// wayWithout answers the code by which a newcomer without a password comes in,
// and proves the address it goes to; "" where there is none.
func (c *Core) wayWithout(p *Pool, cl *Client, u *User) Factor {
	for _, f := range c.waysIn(p, cl) {
		if attribute := attributeOf(f); attribute != "" && u.Attributes[attribute] != "" {
			return f
		}
	}
	return ""
}

// writes answers the write_attributes that hold for a sign-up.
func (a *Accounts) writes(ctx context.Context, pool PoolID, client ClientID) (names []string, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		c, err := clientOrOwnPages(r, pool, client)
		names = c.WriteAttributes
		return err
	})
	return names, err
}

// signsInHere says that the client lets people in by the pool itself.
func (cl *Client) signsInHere() bool {
	return len(cl.IdentityProviders) == 0 || slices.Contains(cl.IdentityProviders, "COGNITO")
}

// firstStatus: where the pool verifies addresses there must be one, or the
// account could never be confirmed. Where it verifies none, the pool says
// whether a sign-up waits for an administrator.
func firstStatus(op string, p *Pool, u *User) (Status, error) {
	switch {
	case p.confirmsByHand():
		return Unconfirmed, nil
	case len(p.AutoVerifiedAttributes) == 0:
		return Confirmed, nil
	}
	if !confirmable(p, u) {
		return "", &Error{Code: AttributeRequired, Op: op, Field: p.AutoVerifiedAttributes[0]}
	}
	return Unconfirmed, nil
}

// newUser checks name and attributes of a user to be made now.
func (c *Core) newUser(op string, p *Pool, cl *Client, by writer, username string, attributes map[string]string) (User, error) {
	u, err := checkUser(op, p, cl, by, username, attributes)
	u.CreatedAt = c.Now()
	u.ModifiedAt = u.CreatedAt
	return u, err
}

// become gives a user who is not stored yet the id that something was made for;
// "" leaves it.
func (u *User) become(id UserID) {
	if id == "" {
		return
	}
	if u.Username == string(u.ID) {
		u.Username = string(id)
	}
	u.ID = id
}

// checkUser answers the user that name and attributes make, or what is wrong with them.
func checkUser(op string, p *Pool, cl *Client, by writer, username string, attributes map[string]string) (User, error) {
	u := User{PoolID: p.ID, ID: UserID(uuid.NewString()), Username: username}
	given := maps.Clone(attributes)
	var name address
	if len(p.UsernameAttributes) > 0 {
		var failed *Error
		if name, failed = addressName(op, p, username, given); failed != nil {
			return User{}, failed
		}
		u.Username = string(u.ID)
		delete(given, name.Attribute)
	} else if err := checkUsername(p, username, cl.IdentityProviders); err != nil {
		return User{}, &Error{Code: InvalidUsername, Op: op, Field: "username", Err: err}
	}
	if by == bySignUp && given[attrPreferredUsername] != "" && slices.Contains(p.AliasAttributes, attrPreferredUsername) {
		// Cognito: this alias is chosen after confirmation, never at sign-up.
		return User{}, &Error{Code: AttributeRefused, Op: op, Field: attrPreferredUsername}
	}
	checked, failed := checkAttributes(op, p, cl, by, given, nil)
	if failed != nil {
		return User{}, failed
	}
	if name.Attribute != "" {
		checked[name.Attribute] = name.Value
	}
	applyAttributes(&u, checked)
	if missing := missingRequired(p, &u); len(missing) > 0 {
		return User{}, &Error{Code: AttributeRequired, Op: op, Field: missing[0], Err: errors.New("the pool's schema requires it")}
	}
	return u, nil
}

// anyAddress answers the address a user of a username_attributes pool is known by.
func (u *User) anyAddress(p *Pool) string {
	for _, attribute := range p.UsernameAttributes {
		if value := u.Attributes[attribute]; value != "" {
			return value
		}
	}
	return ""
}

// addressName answers the address that is the name of a user of a
// username_attributes pool: what was typed as username, or the only one given.
func addressName(op string, p *Pool, username string, given map[string]string) (address, *Error) {
	invalid := &Error{Code: InvalidUsername, Op: op, Field: "username", Err: errors.New("it must be the user's " + strings.Join(p.UsernameAttributes, " or "))}
	for _, attribute := range p.UsernameAttributes {
		if username == "" && given[attribute] != "" {
			username = given[attribute]
		}
		value, ok := formatAttribute(&Attribute{Name: attribute}, strings.TrimSpace(username))
		if !ok {
			continue
		}
		if other := given[attribute]; other != "" {
			if same, _ := formatAttribute(&Attribute{Name: attribute}, other); same != value {
				return address{}, &Error{Code: InvalidParameter, Op: op, Field: attribute, Err: errors.New("it must be the username, or left out")}
			}
		}
		return address{Attribute: attribute, Value: value}, nil
	}
	return address{}, invalid
}

func (a *Accounts) recordSignUp(w storage.Writer, op string, n *newcomer, in SignUp) (Step, *Error, error) {
	if failed, err := a.maySignUp(w, op, n, in); err != nil || failed != nil {
		return Step{}, failed, err
	}
	says, err := a.askPreSignUp(w, signsUp, n.typed, &n.pool, &n.user, in.Client, in.Origin)
	if err != nil {
		return Step{}, nil, err
	}
	n.user.Attributes = maps.Clone(n.user.Attributes)
	if failed := says.accept(op, &n.user); failed != nil {
		return Step{}, failed, nil
	}
	n.hides = n.hides && n.user.Status == Unconfirmed
	err = insertUser(w, &n.pool, &n.user)
	if taken := (*nameTaken)(nil); errors.As(err, &taken) {
		if n.hides {
			return a.decoySignUp(w, op, n, in, taken)
		}
		return Step{}, &Error{Code: UsernameExists, Op: op, Field: "username"}, nil
	}
	if err != nil {
		return Step{}, nil, err
	}
	if n.way == "" {
		if err := a.putPassword(w, &n.pool, &n.user, n.made); err != nil {
			return Step{}, nil, err
		}
	}
	if err := a.record(w, &n.user, deed{Action: "sign_up", Client: in.Client, Origin: in.Origin}); err != nil {
		return Step{}, nil, err
	}
	if n.user.Status == Confirmed {
		if err := a.tellConfirmed(w, confirmedSignUp, &n.pool, &n.user, in.Client, in.Origin); err != nil {
			return Step{}, nil, err
		}
	}
	waits := n.user.Status == Unconfirmed && n.pool.confirmsByHand()
	if n.user.Status == Unconfirmed && !waits && (n.way == "" || in.API) {
		// Over the limit of the address nothing is sent, as to a taken one.
		if _, _, err := a.sendSignUpCode(w, op, &n.pool, n.user, message.SignUp, in.Client, in.Origin); err != nil {
			return Step{}, nil, err
		}
	}
	if in.API {
		step, err := a.park(w, n, in)
		return step, nil, err
	}
	if waits && n.way == "" {
		return Step{}, refuse(op, UserNotConfirmed), nil
	}
	return a.advance(w, op, n.pool, n.attempt(in), in.Origin)
}

func (n *newcomer) attempt(in SignUp) attempt {
	a := attempt{PoolID: n.pool.ID, ClientID: in.Client, Channel: in.Channel, Identifier: n.typed, UserID: n.user.ID, Chosen: n.way, Twice: in.Twice, API: in.API}
	if n.way == "" {
		a.Proven = []Factor{FactorPassword}
	}
	return a
}

// decoySignUp answers a sign-up with a taken address like any other, and
// tells the owner.
func (a *Accounts) decoySignUp(w storage.Writer, op string, n *newcomer, in SignUp, taken *nameTaken) (Step, *Error, error) {
	owner, err := getUser(w, n.pool.ID, taken.Holder)
	if err != nil {
		return Step{}, nil, err
	}
	if err := a.tellOwner(w, &n.pool, &owner, taken.Name, in); err != nil {
		return Step{}, nil, err
	}
	if n.way != "" && !in.API {
		at := n.attempt(in)
		at.UserID = ""
		return a.advance(w, op, n.pool, at, in.Origin)
	}
	// Over the limit the page still must not differ from a new address's.
	if _, _, err := a.sendDecoyCode(w, op, &n.pool, n.typed, PurposeSignUp); err != nil {
		return Step{}, nil, err
	}
	if in.API {
		known := *n
		known.user.ID = ""
		step, err := a.park(w, &known, in)
		return step, nil, err
	}
	if n.pool.confirmsByHand() {
		return Step{}, refuse(op, UserNotConfirmed), nil // as a new account
	}
	at := n.attempt(in)
	at.UserID, at.Ask = "", AskConfirmSignUp
	if to, ok := signUpAddress(&n.pool, &n.user); ok {
		at.Delivery = to.delivery() // as a new account's would be shown
	}
	if at, err = a.openAttempt(w, at); err != nil {
		return Step{}, nil, err
	}
	step, err := a.show(w, at)
	return step, nil, err
}

var accountExistsMails = Limit{Name: "account_exists", Burst: sendsAtOnce, Every: sendEvery, By: ByUser}

// tellOwner mails the stored address that is taken, never the typed spelling.
func (a *Accounts) tellOwner(w storage.Writer, p *Pool, owner *User, name string, in SignUp) error {
	if err := a.recordFailure(w, owner, deed{Action: "sign_up", Client: in.Client, Origin: in.Origin}, UsernameExists); err != nil {
		return err
	}
	if wait, err := a.allow(w, accountExistsMails, personKey(owner.PoolID, owner.ID)); err != nil || wait > 0 {
		return err
	}
	for _, attribute := range p.UsernameAttributes {
		to, ok := addressOf(owner, attribute)
		if spelled, err := canonicalName(p, to.Value); ok && err == nil && spelled == name {
			return a.tell(w, owner, letter{Kind: message.AccountExists, Client: in.Client, To: to, Base: in.Origin.Base})
		}
	}
	return nil
}
