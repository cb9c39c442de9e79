package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// AccessKey opens the API to a program: requests are signed with its secret (AWS
// Signature Version 4), or carry it as bearer. The secret is told when the key is
// made, and never again.
type AccessKey struct {
	ID         string    `json:"access_key_id"`
	Name       string    `json:"name,omitempty"`         // for people: what it is for
	PoolID     PoolID    `json:"user_pool_id,omitempty"` // the only pool it is for; "": every one
	ReadOnly   bool      `json:"read_only,omitempty"`
	Disabled   bool      `json:"disabled,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	// OfFile says that the configuration file has the key, and only the file changes it.
	OfFile bool `json:"-"`
}

// accessKey is one as it is stored.
type accessKey struct {
	AccessKey
	Secret storage.Sealed `json:"secret"`
}

var accessKeys = storage.Collection[accessKey]{
	Name: "access_key", Format: 1,
	ID: func(k *accessKey) []any { return []any{k.ID} },
}

// AccessKeys keeps access keys, and knows those of the configuration file.
type AccessKeys struct {
	*Core
	file atomic.Pointer[map[string]FileKey]
}

// FileKey is an access key of the configuration file.
type FileKey struct {
	AccessKey
	Secret string
}

// String hides the secret from messages.
func (FileKey) String() string { return "[hidden]" }

// GoString hides the secret from %#v.
func (FileKey) GoString() string { return "[hidden]" }

// Bounds of keys: what AWS SDKs take for an id, and for secrets of the file so
// much that nobody guesses them.
var accessKeyID = regexp.MustCompile(`^\w{16,128}$`)

const minKeySecret, maxKeySecret = 20, 128

// maxAccessKeys is how many the store holds: whoever needs more has lost sight of them.
const maxAccessKeys = 500

// keyUsedEvery is how closely the last use of a key is noted: a write for each
// request would be too many.
const keyUsedEvery = time.Hour

// ReadScope reads the scope of a key: all, read-only, a pool's id, or POOL:read-only.
func (k *AccessKey) ReadScope(scope string) error {
	pool, right, both := strings.Cut(scope, ":")
	switch {
	case scope == "all":
	case scope == "read-only":
		k.ReadOnly = true
	case poolIDPattern.MatchString(pool) && (!both || right == "read-only"):
		k.PoolID, k.ReadOnly = PoolID(pool), both
	default:
		return errors.New("is all, read-only, a pool's id, or POOL:read-only")
	}
	return nil
}

// Scope is what ReadScope reads.
func (k *AccessKey) Scope() string {
	switch {
	case k.PoolID != "" && k.ReadOnly:
		return string(k.PoolID) + ":read-only"
	case k.PoolID != "":
		return string(k.PoolID)
	case k.ReadOnly:
		return "read-only"
	}
	return "all"
}

// Validate holds a key of the file against its bounds.
func (k *FileKey) Validate() error {
	return firstBroken("AccessKeys.Validate", []setting{
		{"access_key_id", accessKeyID.MatchString(k.ID), "must be 16-128 letters, digits and underscores"},
		{"secret_access_key", within(len(k.Secret), minKeySecret, maxKeySecret) && isPlainText(k.Secret, maxKeySecret) && !strings.ContainsAny(k.Secret, " \t"), "must be 20-128 visible characters without spaces; make one with: openssl rand -base64 30"},
	})
}

// UseFile takes the keys of the configuration file in place of those before.
func (s *AccessKeys) UseFile(keys []FileKey) {
	all := map[string]FileKey{}
	for _, k := range keys {
		k.OfFile = true
		all[k.ID] = k
	}
	s.file.Store(&all)
}

func (s *AccessKeys) ofFile(id string) (FileKey, bool) {
	if all := s.file.Load(); all != nil {
		k, ok := (*all)[id]
		return k, ok
	}
	return FileKey{}, false
}

const keyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// Create makes a key from name and scope and answers its secret for the only time.
func (s *AccessKeys) Create(ctx context.Context, made AccessKey) (AccessKey, string, error) {
	const op = "AccessKeys.Create"
	if err := firstBroken(op, []setting{{"name", made.Name == "" || isPlainText(made.Name, 128), "must have at most 128 visible characters"}}); err != nil {
		return AccessKey{}, "", err
	}
	secret := randomText("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40)
	made = AccessKey{ID: "PHAK" + randomText(keyLetters, 16), Name: made.Name, PoolID: made.PoolID, ReadOnly: made.ReadOnly, CreatedAt: s.Now()}
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if made.PoolID != "" {
			if _, _, err := s.reopen(w, op, made.PoolID, ""); err != nil {
				return nil, err
			}
		}
		some, err := accessKeys.List(w, storage.Page{Limit: maxAccessKeys})
		if err != nil {
			return nil, err
		}
		if len(some) >= maxAccessKeys {
			return keyRefused(op, "name", "there are 500 access keys: delete those that nobody uses"), nil
		}
		if err := accessKeys.Insert(w, accessKey{AccessKey: made, Secret: s.Sealer.Seal([]byte(secret), "access_key", made.ID)}); err != nil {
			return nil, err
		}
		return nil, s.recordKey(ctx, w, made, "create_access_key")
	})
	return made, secret, err
}

// keyRefused refuses with a reason for the caller.
func keyRefused(op, field, why string) *Error {
	return &Error{Code: InvalidParameter, Op: op, Field: field, Err: errors.New(why)}
}

// recordKey audits what became of a key.
func (s *AccessKeys) recordKey(ctx context.Context, w storage.Writer, k AccessKey, action string) error {
	d := adminDeed(ctx, action)
	return audit.Write(w, s.event(d.Action, audit.OK, attempt{PoolID: k.PoolID}, Origin{}, func(e *audit.Event) {
		e.Detail = map[string]string{"actor": ActorOf(ctx), "access_key": k.ID, "scope": k.Scope()}
	}))
}

// List answers every key, those of the file first, else the oldest first.
func (s *AccessKeys) List(ctx context.Context) (all []AccessKey, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		found, err := accessKeys.List(r, storage.Page{})
		all = nil
		if file := s.file.Load(); file != nil {
			for _, k := range *file {
				all = append(all, k.AccessKey)
			}
		}
		for _, k := range found {
			all = append(all, k.AccessKey)
		}
		return err
	})
	slices.SortFunc(all, func(a, b AccessKey) int {
		if a.OfFile != b.OfFile {
			return boolFirst(a.OfFile)
		}
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, err
}

func boolFirst(first bool) int {
	if first {
		return -1
	}
	return 1
}

// Disable switches a key off, or on again. It takes effect at the next request.
func (s *AccessKeys) Disable(ctx context.Context, id string, off bool) error {
	action := map[bool]string{true: "disable_access_key", false: "enable_access_key"}[off]
	return s.change(ctx, "AccessKeys.Disable", id, action, func(w storage.Writer, k *accessKey) error {
		k.Disabled = off
		return accessKeys.Put(w, *k)
	})
}

// Delete ends a key.
func (s *AccessKeys) Delete(ctx context.Context, id string) error {
	return s.change(ctx, "AccessKeys.Delete", id, "delete_access_key", func(w storage.Writer, k *accessKey) error {
		return accessKeys.Delete(w, k.ID)
	})
}

// forgetKeys removes the access keys that are for one pool alone, when it goes:
// another of its id is none of theirs.
func forgetKeys(w storage.Writer, pool PoolID) error {
	all, err := accessKeys.List(w, storage.Page{})
	for _, k := range all {
		if err == nil && k.PoolID == pool {
			err = accessKeys.Delete(w, k.ID)
		}
	}
	return err
}

// change works on a key of the store; ResourceNotFound says that there is none.
func (s *AccessKeys) change(ctx context.Context, op, id, action string, fn func(storage.Writer, *accessKey) error) error {
	if _, ok := s.ofFile(id); ok {
		return keyRefused(op, "access_key_id", "stands in the configuration file: change it there")
	}
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		k, err := accessKeys.Get(w, id)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, ResourceNotFound), nil
		}
		if err != nil {
			return nil, err
		}
		return nil, errors.Join(fn(w, &k), s.recordKey(ctx, w, k.AccessKey, action))
	})
}

// Known answers the key that proves itself: proves is asked once, with the key's
// secret, or with one that nobody has where the key is unknown or switched off, so
// that the time tells nothing. ok is false for both and for a wrong proof.
func (s *AccessKeys) Known(ctx context.Context, id string, proves func(secret string) bool) (k AccessKey, ok bool, err error) {
	k, secret, there, err := s.find(ctx, id)
	if err != nil {
		return AccessKey{}, false, err
	}
	right := proves(secret)
	if !right || !there || k.Disabled {
		return AccessKey{}, false, nil
	}
	return k, true, s.used(ctx, &k)
}

// find answers a key and its secret. For one that is not there it opens a made-up
// seal, as it would the key's.
func (s *AccessKeys) find(ctx context.Context, id string) (k AccessKey, secret string, there bool, err error) {
	if k, ok := s.ofFile(id); ok {
		return k.AccessKey, k.Secret, true, nil
	}
	found := accessKey{Secret: s.Sealer.Seal([]byte(nobodysSecret), "access_key", id)}
	if accessKeyID.MatchString(id) { // else the store need not be asked
		err = s.Store.View(ctx, func(r storage.Reader) error {
			got, err := accessKeys.Get(r, id)
			if errors.Is(err, storage.ErrNotFound) {
				return nil
			}
			found, there = got, err == nil
			return err
		})
	}
	if err != nil {
		return AccessKey{}, "", false, err
	}
	plain, err := s.Sealer.Open(found.Secret, "access_key", id)
	return found.AccessKey, string(plain), there, err
}

// nobodysSecret stands for the secret of a key that is not there; who sends it is refused, too.
const nobodysSecret = "0000000000000000000000000000000000000000"

// used notes that a key was used, about once an hour.
func (s *AccessKeys) used(ctx context.Context, k *AccessKey) error {
	if k.OfFile || s.Now().Sub(k.LastUsedAt) < keyUsedEvery {
		return nil
	}
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		found, err := accessKeys.Get(w, k.ID)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, nil
		}
		if err != nil || found.Disabled {
			return nil, err
		}
		found.LastUsedAt = s.Now()
		return nil, accessKeys.Put(w, found)
	})
}

// Same says that two secrets are the same, in constant time.
func Same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
