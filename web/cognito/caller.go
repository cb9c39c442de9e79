package cognito

import (
	"context"
	"reflect"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/web"
)

// CallerKind says by what a caller is known.
type CallerKind int

// The kinds of caller.
const (
	Nobody    CallerKind = iota // nothing was shown, or nothing that is asked for
	Owner                       // whoever can open the admin socket or the store
	AccessKey                   // a request signed with an access key
	APIKey                      // an access key as bearer
)

// Caller is who calls an operation, and how far they may go.
type Caller struct {
	Kind     CallerKind
	Actor    string          // whom the audit names
	Pool     identity.PoolID // the only pool they may ask about; "": every one
	ReadOnly bool
	// At is the pool whose path the request came to; "": the root, where every pool is answered.
	At identity.PoolID
	// Origin is where the request comes from.
	Origin identity.Origin
	// Concern is told what the call is about, for the log; nil where nobody asks.
	Concern *web.Concern
}

// concerns notes the pool that the call is about; "" is none that is known.
func concerns(ctx context.Context, pool identity.PoolID) {
	if c := callerOf(ctx).Concern; c != nil && pool != "" {
		c.Pool = pool
	}
}

// callerKey carries the Caller.
type callerKey struct{}

// WithCaller notes who calls, for the Handler and for the audit.
func WithCaller(ctx context.Context, c Caller) context.Context {
	if c.Actor != "" {
		ctx = identity.WithActor(ctx, c.Actor)
	}
	switch {
	case c.Kind == Owner:
		ctx = trigger.ByOwner(ctx)
	case (c.Kind == AccessKey || c.Kind == APIKey) && c.Pool == "":
		ctx = trigger.ByEverywhere(ctx)
	}
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf answers who calls; nobody when nothing was noted.
func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// originOf answers where the request comes from, and that it came here.
func originOf(ctx context.Context) identity.Origin {
	o := callerOf(ctx).Origin
	o.API = true
	return o
}

// may says whether the caller may call an operation of this access at all.
func (c *Caller) may(name string, needs access) error {
	switch {
	case !needs.administrators():
		return nil
	case c.Kind == Nobody:
		return exception("MissingAuthenticationTokenException", "Missing Authentication Token")
	case needs == owns && c.Kind != Owner:
		return c.denied(name)
	case c.ReadOnly && needs == writes:
		return c.denied(name)
	}
	return nil
}

func (c *Caller) denied(name string) error {
	return exception("AccessDeniedException", "User: "+c.Actor+" is not authorized to perform: "+action(name)+".")
}

// action names an operation as policies do.
func action(name string) string {
	if own, ok := strings.CutPrefix(name, AdminTarget); ok {
		return "poolhouse:" + own
	}
	return "cognito-idp:" + strings.TrimPrefix(name, Target)
}

// mayTouch refuses a pool that the caller may not ask about, in the words for
// one that does not exist where the path named another: what is behind the other
// paths is nobody's business there.
func (c *Caller) mayTouch(name string, pool identity.PoolID) error {
	if c.Pool != "" && pool != c.Pool {
		return c.denied(name)
	}
	if c.At != "" && pool != c.At {
		return exception("ResourceNotFoundException", "User pool "+string(pool)+" does not exist.")
	}
	return nil
}

// sees says that lists may name the pool to the caller.
func (c *Caller) sees(pool identity.PoolID) bool {
	return (c.Pool == "" || c.Pool == pool) && (c.At == "" || c.At == pool)
}

// inPool is mayTouch for an operation's input. An input that names no pool is
// about all of them, which only a caller for all of them may ask about.
func (c *Caller) inPool(name string, needs access, in any) error {
	pool, named := poolOf(in)
	switch {
	case pool != "" && !needs.administrators():
		only := Caller{At: c.At}
		return only.mayTouch(name, pool)
	case !needs.administrators():
		return nil
	case named:
		return c.mayTouch(name, pool)
	case c.Pool != "" || c.At != "":
		return c.denied(name)
	}
	return nil
}

// poolOf reads the member UserPoolId of an input as the operation will, and says
// whether it has one.
func poolOf(in any) (pool identity.PoolID, named bool) {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return "", false
	}
	f := v.FieldByName("UserPoolID")
	if !f.IsValid() || f.Kind() != reflect.String {
		return "", false
	}
	return identity.PoolID(f.String()), true
}
