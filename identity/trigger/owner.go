package trigger

import "context"

type ownerKey struct{}

// ByOwner notes that whoever runs this program asks: by its configuration file,
// its admin socket or its store. They alone attach paths and URLs; a path makes
// this machine run what stands there, and a URL makes it ask there.
func ByOwner(ctx context.Context) context.Context { return context.WithValue(ctx, ownerKey{}, true) }

// MayAttach says whether a target may be attached by whoever asks in ctx.
func MayAttach(ctx context.Context, target string) bool {
	owner, _ := ctx.Value(ownerKey{}).(bool)
	return owner || IsARN(target)
}
