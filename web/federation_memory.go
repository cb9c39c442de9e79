package web

import (
	"context"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// samlMemory keeps a SAML provider's metadata in the store: over restarts, and
// for every node.
type samlMemory struct {
	settings identity.Settings
	of       identity.SAMLSource
}

func samlMemoryOf(core *identity.Core, s federation.Settings) saml.Memory {
	return samlMemory{identity.Settings{Core: core}, identity.SAMLSource{
		Pool: identity.PoolID(s.Pool), Provider: s.Name, Source: s.Details[saml.DetailMetadataURL] + " " + s.Details[saml.DetailEntity],
	}}
}

// Metadata implements saml.Memory.
func (m samlMemory) Metadata(ctx context.Context) ([]byte, error) {
	return m.settings.SAMLMetadata(ctx, m.of)
}

// Keep implements saml.Memory.
func (m samlMemory) Keep(ctx context.Context, c saml.Change) error {
	return m.settings.KeepSAMLMetadata(ctx, identity.SAMLChange{
		SAMLSource: m.of, Metadata: c.Metadata, Entity: c.Entity, First: c.First,
		Added: fingerprints(c.Added), Removed: fingerprints(c.Removed), Endpoints: c.Endpoints,
	})
}

func fingerprints(all []saml.Certificate) (list []string) {
	for _, c := range all {
		list = append(list, c.Fingerprint)
	}
	return list
}
