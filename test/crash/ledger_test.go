// Package crash kills the program while people sign up, sign in and refresh,
// and compares what it had acknowledged with what it knows when it is back. The
// client decides what was promised, not the server.
package crash

import (
	"fmt"
	"sync"
	"sync/atomic"

	"poolhouse.dev/test/kit"
)

// state is how far an account got, as its owner was told.
type state int

const (
	asked     state = iota // sign-up was sent; no answer came
	signedUp               // the page asked for the code
	answered               // the code was sent; no answer came
	confirmed              // the app said hello
)

// person is somebody who signs up; nobody else ever has the address.
type person struct {
	name  string
	state state
}

// signIn is a browser that the app greeted: its session was acknowledged.
type signIn struct{ client *kit.Client }

// chain is a lineage of refresh tokens.
type chain struct {
	client, secret string
	used, last     string // the last token redeemed with success, and its acknowledged successor
	flying         bool   // a redemption was sent and no answer came
	strict         bool   // no grace for a token that is used
}

// ledger is the client's own log.
type ledger struct {
	mu     sync.Mutex
	people []*person
	signIn []*signIn
	chains []*chain

	names                           atomic.Int64
	signedUp, signedIn, redemptions atomic.Int64 // acknowledged, over all rounds
}

const password = "correct horse battery staple"

// newPerson writes down that somebody is about to sign up.
func (l *ledger) newPerson() *person {
	p := &person{name: fmt.Sprintf("person-%d@example.test", l.names.Add(1))}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = append(l.people, p)
	return p
}

func (l *ledger) greeted(c *kit.Client) {
	l.signedIn.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.signIn = append(l.signIn, &signIn{client: c})
}

// takePeople answers who signed up in the round, and forgets them.
func (l *ledger) take() (people []*person, sessions []*signIn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	people, sessions = l.people, l.signIn
	l.people, l.signIn = nil, nil
	return people, sessions
}
