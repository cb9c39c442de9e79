package federation

import "context"

// Login is a person's session at a provider, as its answer told of it.
type Login struct {
	// Name and Session are what the provider will name when it ends the session
	// itself; "" where it never does.
	Name, Session string
	Ticket        []byte // what Leave needs; a secret
}

// Leaver is a Provider at which sessions can be ended from here.
type Leaver interface {
	// Stay answers the session that came with an answer; false where the settings
	// want no sessions ended, or there is nothing to name it by.
	Stay(a Answer) (Login, bool)
	// Leave sends the browser to end its session, with state to come back with.
	// It answers false where that cannot be, or not any more.
	Leave(ctx context.Context, state string, ticket []byte) (Trip, bool, error)
}
