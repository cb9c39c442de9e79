package identity

import (
	"encoding/base64"
	"encoding/json"

	"poolhouse.dev/storage"
)

// sealJSON seals a value for the store, bound to what aad says.
func (c *Core) sealJSON(v any, aad ...string) (storage.Sealed, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return c.Sealer.Seal(text, aad...), nil
}

// openJSON reads what sealJSON made with the same aad into v.
func (c *Core) openJSON(sealed storage.Sealed, v any, aad ...string) error {
	text, err := c.Sealer.Open(sealed, aad...)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// sealState is sealJSON for a value that travels with a page.
func (c *Core) sealState(v any, aad ...string) (string, error) {
	sealed, err := c.sealJSON(v, aad...)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openState reads what sealState made with the same aad into v.
func (c *Core) openState(state string, v any, aad ...string) error {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return err
	}
	return c.openJSON(sealed, v, aad...)
}
