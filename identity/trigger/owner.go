package trigger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

type ownerKey struct{}

// ByOwner notes that whoever runs this program asks: by its configuration file,
// its admin socket or its store. They alone attach paths and URLs; a path makes
// this machine run what stands there, and a URL makes it ask there.
func ByOwner(ctx context.Context) context.Context { return context.WithValue(ctx, ownerKey{}, true) }

type everywhereKey struct{}

// ByEverywhere notes that whoever asks may change every pool, with a key of scope all.
func ByEverywhere(ctx context.Context) context.Context {
	return context.WithValue(ctx, everywhereKey{}, true)
}

// MayAttach says why a target may not be attached to a pool by whoever asks in ctx.
// Paths and URLs are the owner's. An ARN is for the pools that the file names for it;
// where it names none, for those of the file that have it attached, and for any if
// whoever asks may change every pool. To others it is as if it were not mapped: a key
// for one pool does not learn what is there for another.
func (d *Dispatcher) MayAttach(ctx context.Context, pool, target string) error {
	owner, _ := ctx.Value(ownerKey{}).(bool)
	if !IsARN(target) {
		if owner {
			return nil
		}
		return errors.New("takes an ARN that the configuration file maps; paths and URLs are attached by the file")
	}
	fn, err := d.Of(target)
	switch {
	case err == nil && IsFor(pool, fn.Pools, fn.Bound, Everywhere(ctx)):
		return nil
	case Everywhere(ctx):
		return cmp.Or(err, errOthers)
	}
	return fmt.Errorf("the configuration file maps no function %s for this pool: add it to triggers.functions, with the pool in its pools", target)
}

// Everywhere says that whoever asks in ctx may change every pool.
func Everywhere(ctx context.Context) bool {
	owner, _ := ctx.Value(ownerKey{}).(bool)
	everywhere, _ := ctx.Value(everywhereKey{}).(bool)
	return owner || everywhere
}

// IsFor says that what the file maps an ARN to is for a pool: one of pools, which are
// the only ones where they bind; or else any for which somebody named it who may
// change every pool.
func IsFor(pool string, pools []string, bind, everywhere bool) bool {
	return slices.Contains(pools, pool) || !bind && everywhere
}

// errOthers is for an ARN whose pools the file names.
var errOthers = errors.New("the configuration file maps this function for other pools: add this one to its pools in triggers.functions")
