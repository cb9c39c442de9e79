package identity

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// samlMetadata is the metadata of a SAML identity provider as it was fetched
// last, for the time that it cannot be fetched.
type samlMetadata struct {
	PoolID   PoolID    `json:"user_pool_id"`
	Provider string    `json:"provider_name"`
	Source   string    `json:"source"` // where it is from; what is from elsewhere begins anew
	Packed   []byte    `json:"packed"` // gzip
	KeptAt   time.Time `json:"kept_at"`
}

var samlMetadatas = storage.Collection[samlMetadata]{
	Name: "saml_metadata", Format: 1,
	ID: func(m *samlMetadata) []any { return []any{string(m.PoolID), m.Provider} },
}

// Metadata packs to a third, but for its certificates. What is larger than
// maxPacked is not kept, nor unpacked beyond maxUnpacked.
const (
	maxPacked   = 512 << 10
	maxUnpacked = 4 << 20
)

// SAMLSource says which provider's metadata, and where it is fetched.
type SAMLSource struct {
	Pool     PoolID
	Provider string
	Source   string // the address, and which entity there
}

// SAMLChange is metadata that is to take the place of what was kept.
type SAMLChange struct {
	SAMLSource
	Metadata []byte
	Entity   string
	First    bool // nothing was known before
	// Added and Removed are fingerprints of signing certificates: SHA-256, hexadecimal.
	Added, Removed []string
	Endpoints      bool // where browsers are sent has changed
}

// SAMLMetadata answers the metadata of a provider that was kept last, nil when
// none was from this source.
func (s *Settings) SAMLMetadata(ctx context.Context, of SAMLSource) ([]byte, error) {
	var kept samlMetadata
	err := s.Store.View(ctx, func(r storage.Reader) (err error) {
		kept, err = samlMetadatas.Get(r, string(of.Pool), of.Provider)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) || err == nil && kept.Source != of.Source {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("saml metadata: %w", err)
	}
	return unpack(kept.Packed)
}

// KeepSAMLMetadata keeps metadata in place of the last, and records a change of
// signing certificates or endpoints. ResourceNotFound says that the provider is
// gone. What is larger than maxPacked is recorded and not kept.
func (s *Settings) KeepSAMLMetadata(ctx context.Context, c SAMLChange) error {
	const op = "Settings.KeepSAMLMetadata"
	packed, err := pack(c.Metadata)
	if err != nil {
		return err
	}
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := providers.Get(w, string(c.Pool), c.Provider); err != nil {
			return whenMissing(op, err)
		}
		had, err := samlMetadatas.Get(w, string(c.Pool), c.Provider)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		if had.Source == c.Source && bytes.Equal(had.Packed, packed) {
			return nil, nil // another node was first
		}
		if err := s.recordSAMLChange(w, &c); err != nil {
			return nil, err
		}
		if len(packed) > maxPacked {
			return nil, samlMetadatas.Delete(w, string(c.Pool), c.Provider)
		}
		return nil, samlMetadatas.Put(w, samlMetadata{PoolID: c.Pool, Provider: c.Provider, Source: c.Source, Packed: packed, KeptAt: s.Now()})
	})
}

func whenMissing(op string, err error) (*Error, error) {
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(op, ResourceNotFound), nil
	}
	return nil, err
}

// recordSAMLChange writes who signs for a provider from now on.
func (s *Settings) recordSAMLChange(w storage.Writer, c *SAMLChange) error {
	if len(c.Added)+len(c.Removed) == 0 && !c.Endpoints {
		return nil
	}
	detail := map[string]string{"provider": c.Provider, "entity": c.Entity}
	for name, value := range map[string]string{"added": strings.Join(c.Added, " "), "removed": strings.Join(c.Removed, " ")} {
		if value != "" {
			detail[name] = value
		}
	}
	if c.Endpoints {
		detail["endpoints"] = "changed"
	}
	if c.First {
		detail["first"] = "true"
	}
	return audit.Write(w, s.event("saml_metadata_changed", audit.OK, attempt{PoolID: c.Pool}, Origin{}, func(e *audit.Event) { e.Detail = detail }))
}

func pack(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err := w.Close()
	return packed.Bytes(), err
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("saml metadata: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxUnpacked))
	if err != nil {
		return nil, fmt.Errorf("saml metadata: %w", err)
	}
	return plain, nil
}
