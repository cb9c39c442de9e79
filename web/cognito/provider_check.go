package cognito

import (
	"errors"
	"slices"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
)

// ProviderProblems answers everything that is wrong with a provider, by the
// names of the configuration file; it asks nobody. types are the kinds that the
// program knows.
func ProviderProblems(types federation.Types, pool *identity.Pool, p identity.IdentityProvider) federation.Problems {
	found := refusals(identity.ValidateProvider(pool, &p))
	keys, known := detailKeys[p.Type]
	if !known {
		return found
	}
	for _, key := range sortedKeys(p.Details) {
		if !slices.Contains(keys, key) {
			found = append(found, federation.Problem{Field: "provider_details." + federation.Plain(key, 64), Text: "is no setting of a provider of the type " + p.Type})
		}
	}
	settings := federation.Settings{Pool: string(p.PoolID), Name: p.Name, Type: p.Type, Details: p.Details}
	found = addOnce(found, "provider_details.", types.Check(settings))
	return addOnce(found, "", federation.CheckMapping(p.Mapping))
}

// addOnce adds what one more check found, but for fields that a check before it
// complained of.
func addOnce(found federation.Problems, prefix string, err error) federation.Problems {
	var more federation.Problems
	if err == nil {
		return found
	}
	if !errors.As(err, &more) {
		more = federation.Problems{{Text: err.Error()}}
	}
	for _, one := range more {
		one.Field = prefix + one.Field
		if !slices.ContainsFunc(found, func(f federation.Problem) bool { return f.Field == one.Field }) {
			found = append(found, one)
		}
	}
	return found
}

// refusals flattens what the core refuses, which may be several joined.
func refusals(err error) federation.Problems {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all federation.Problems
		for _, one := range several.Unwrap() {
			all = append(all, refusals(one)...)
		}
		return all
	}
	var refusal *identity.Error
	if !errors.As(err, &refusal) {
		return nil
	}
	return federation.Problems{{Field: refusal.Field, Text: Reason(refusal)}}
}
