// Package identity holds who a person is and how they prove it: pools, app
// clients, users, groups, attempts and sessions. Every front end (hosted pages,
// Cognito API, console, account pages) is a codec over it; there is no second
// copy of a flow.
//
// The user model is Amazon Cognito's; the tokens that applications are given
// are package oauth's business.
//
// A sign-in goes through signin.go (Begin, Respond), respond.go (one function an
// answer) and decide.go (the only place that chooses what comes next). Changes
// of an account go through transaction.go: a refusal answered as a value keeps
// what was counted, one returned as an error rolls it back.
//
// Documents: the Cognito user pools API of 2016-04-18; OpenID Connect Core 1.0
// §5.1 (attributes); RFC 8176 (authentication methods), RFC 8265 (usernames),
// RFC 5321, RFC 5322, RFC 5891 and RFC 6531 (addresses), ITU-T E.164 (numbers),
// RFC 9562 (user ids), RFC 8252 and RFC 9700 (redirect URIs of clients), ITU-T
// I.371 annex A (rate limits).
package identity

import (
	"context"
	"net/url"
	"time"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// Core is what every service of this package works with. Store, Sealer,
// Passwords and Now are required.
type Core struct {
	Store     storage.Store
	Sealer    *storage.Sealer
	Passwords *password.Hasher
	Now       func() time.Time
	// PublicURL is the origin people reach the pages under, as
	// https://login.example.test; "" has no passkeys.
	PublicURL string
	// Hosts are further names, with ports, that the server answers as itself: no
	// pool may have them for a domain.
	Hosts []string
	// Places knows where addresses are; nil knows nothing.
	Places *risk.Places
	// Breached says that a password is in a list of breached ones; nil is no
	// list. It is asked with nothing open, and answers false when it cannot say.
	Breached func(ctx context.Context, password string) bool
	// Disposable says that a mail domain hands out addresses to throw away; nil
	// knows none.
	Disposable func(domain string) bool
	// Puzzles are asked under pressure; nil asks none.
	Puzzles *Puzzles
	// LogLeads says that an ARN of a pool's log delivery stands for something here, for
	// that pool; everywhere: somebody named it who may change every pool. nil knows none.
	LogLeads func(pool, arn string, everywhere bool) bool
	// Triggers asks what pools have attached in lambda_config; nil asks none.
	Triggers trigger.Runner
	// RateLimits switches back-off and limits on; only test rigs go without.
	RateLimits bool
	// Wake tells the outbox that a message was put in it. It must not block.
	Wake func()
	// SessionEnded runs in the transaction that ends a session, so that what
	// was issued under it ends with it.
	SessionEnded func(w storage.Writer, pool PoolID, session string) error
	// SessionExpired runs in the transaction that removes a session which has run
	// out. What was issued under it lives on.
	SessionExpired func(w storage.Writer, pool PoolID, session string) error
	// SignedOut runs in the transaction that ends a person's sessions but keep
	// ("" keeps none), so that what was issued to them ends too, also under
	// sessions that are long over.
	SignedOut func(w storage.Writer, pool PoolID, user UserID, keep string) error
	// ClientDeleted runs in the transaction that removes an app client, so that what
	// was issued to it and what people have allowed it go as well.
	ClientDeleted func(w storage.Writer, pool PoolID, client ClientID) error
	// PoolDeleted runs in the transaction that ends the removal of a pool, so that
	// what is kept for it elsewhere goes as well.
	PoolDeleted func(w storage.Writer, pool PoolID) error
}

// Host answers the host name of PublicURL.
func (c *Core) Host() string {
	at, err := url.Parse(c.PublicURL)
	if err != nil {
		return ""
	}
	return at.Hostname()
}

// SignIn lets people in: Begin and Respond.
type SignIn struct{ *Core }

// Accounts is what people do with their own account: sign up, confirm,
// recover, change, delete.
type Accounts struct{ *Core }

// Sessions knows the signed-in browsers.
type Sessions struct{ *Core }

// Admin is what administrators do with users and groups.
type Admin struct{ *Core }

// Settings keeps pools, app clients and groups.
type Settings struct{ *Core }
