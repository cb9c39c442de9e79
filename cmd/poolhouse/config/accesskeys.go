package config

import (
	"fmt"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// AccessKey opens the API to whoever has it.
type AccessKey struct {
	ID     string         `json:"access_key_id"`
	Secret cognito.Secret `json:"secret_access_key"`
	Scope  string         `json:"scope"` // all, read-only, a pool's id, POOL:read-only
	Name   string         `json:"name,omitempty"`
}

// FileKeys answers the file's access keys, which were checked.
func (f *File) FileKeys() []identity.FileKey {
	var all []identity.FileKey
	for _, k := range f.AccessKeys {
		one := identity.FileKey{AccessKey: identity.AccessKey{ID: k.ID, Name: k.Name}, Secret: string(k.Secret)}
		if err := one.ReadScope(k.Scope); err == nil {
			all = append(all, one)
		}
	}
	return all
}

// accessKeys checks the keys of the API.
func (c *checker) accessKeys(keys []AccessKey) {
	seen := map[string]bool{}
	for i, k := range keys {
		path := fmt.Sprintf("access_keys[%d]", i)
		one := identity.FileKey{AccessKey: identity.AccessKey{ID: k.ID}, Secret: string(k.Secret)}
		if err := one.ReadScope(k.Scope); err != nil {
			c.fail(path+".scope", "a key for everything has scope: all", "%v", err)
		}
		if err := one.Validate(); err != nil {
			c.refused(path, err)
		}
		if seen[k.ID] {
			c.fail(path+".access_key_id", "give each key an id of its own", "stands twice")
		}
		seen[k.ID] = true
	}
}
