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
	everywhere, _ := ctx.Value(everywhereKey{}).(bool)
	if !IsARN(target) {
		if owner {
			return nil
		}
		return errors.New("takes an ARN that the configuration file maps; paths and URLs are attached by the file")
	}
	fn, err := d.Of(target)
	switch {
	case err == nil && (slices.Contains(fn.Pools, pool) || !fn.Bound && (owner || everywhere)):
		return nil
	case owner || everywhere:
		return cmp.Or(err, errOthers)
	}
	return fmt.Errorf("the configuration file maps no function %s for this pool: add it to triggers.functions, with the pool in its pools", target)
}

// errOthers is for an ARN whose pools the file names.
var errOthers = errors.New("the configuration file maps this function for other pools: add this one to its pools in triggers.functions")
