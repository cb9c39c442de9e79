package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/amazon"
	"poolhouse.dev/federation/apple"
	"poolhouse.dev/federation/facebook"
	"poolhouse.dev/federation/github"
	"poolhouse.dev/federation/google"
	"poolhouse.dev/federation/microsoft"
	"poolhouse.dev/federation/oauth2"
	"poolhouse.dev/federation/oidc"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/web/cognito"
)

// ProviderTypes answers every type of identity provider that this program
// knows. options are SAML's; without them its providers can be checked and not
// opened.
func ProviderTypes(options func(federation.Settings) (saml.Options, error)) federation.Types {
	return federation.Types{
		federation.Google:          oidc.Type(google.Profile),
		federation.Facebook:        oidc.Type(facebook.Profile),
		federation.LoginWithAmazon: oidc.Type(amazon.Profile),
		federation.SignInWithApple: oidc.Type(apple.Profile),
		federation.GitHub:          oidc.Type(github.Profile),
		federation.Microsoft:       oidc.Type(microsoft.Profile),
		federation.OIDC:            oidc.Type(oidc.Profile),
		federation.OAuth2:          oidc.Type(oauth2.Profile),
		federation.SAML:            saml.Type(options),
	}
}

// fileDetails are the keys of provider_details whose value may be "@path".
var fileDetails = []string{saml.DetailMetadataFile, "private_key"}

// maxDetailFile bounds such a file: metadata of one identity provider is some
// kilobytes.
const maxDetailFile = 1 << 20

// providers checks the identity providers of a pool, and reads the files that
// they name.
func (c *checker) providers(p *Parsed, pool *cognito.PoolSettings, path string) {
	path += ".identity_providers"
	c.unique(path, len(pool.Providers), func(n int) (string, string) { return "provider_name", pool.Providers[n].Name })
	led := map[string]string{}
	for n := range pool.Providers {
		one, where := &pool.Providers[n], fmt.Sprintf("%s[%d]", path, n)
		c.detailFiles(p, one, where)
		c.details(one, where)
		c.identifiers(led, one, where)
		for _, problem := range cognito.ProviderProblems(ProviderTypes(nil), &pool.Pool, p.wholeOne(*one).Provider(pool.ID)) {
			if field := where + "." + problem.Field; !c.has(field) {
				c.fail(field, "", "%s", problem.Text)
			}
		}
	}
}

// details refuses keys that the type does not have, and names the nearest.
func (c *checker) details(one *cognito.ProviderSettings, path string) {
	var known []field
	for _, key := range cognito.DetailKeys(one.Type) {
		known = append(known, field{name: key})
	}
	for _, key := range slices.Sorted(maps.Keys(one.Details)) {
		if _, ok := find(known, key); !ok && known != nil {
			c.fail(path+".provider_details."+key, suggestAmong(known, key), "a provider of the type %s has no such setting", one.Type)
		}
	}
}

// identifiers wants each to lead to one provider.
func (c *checker) identifiers(led map[string]string, one *cognito.ProviderSettings, path string) {
	for n, id := range one.Identifiers {
		key := strings.ToLower(id)
		if first, taken := led[key]; taken && first != one.Name {
			c.fail(fmt.Sprintf("%s.idp_identifiers[%d]", path, n), "remove it from one of them", "%q leads to %s already", id, first)
		}
		led[key] = one.Name
	}
}

// detailFiles reads what "@path" names, relative to the configuration.
func (c *checker) detailFiles(p *Parsed, one *cognito.ProviderSettings, path string) {
	for _, key := range fileDetails {
		name, ok := strings.CutPrefix(one.Details[key], "@")
		if !ok {
			continue
		}
		text, err := readDetail(filepath.Dir(p.Name), name)
		if err != nil {
			c.fail(path+".provider_details."+key, "the path is relative to this file", "cannot read %q: %v", name, err)
			continue
		}
		p.beside[one.Details[key]] = text
	}
}

func readDetail(folder, name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	file, err := os.Open(name)
	var text []byte
	if err == nil {
		defer func() { _ = file.Close() }()
		text, err = io.ReadAll(io.LimitReader(file, maxDetailFile+1))
	}
	var pathError *fs.PathError
	switch {
	case errors.As(err, &pathError):
		return "", pathError.Err
	case err == nil && len(text) > maxDetailFile:
		return "", errors.New("it is larger than 1 MiB")
	}
	return string(text), err
}

// whole answers providers with the content of the files they name.
func (p *Parsed) whole(providers []cognito.ProviderSettings) []cognito.ProviderSettings {
	out := slices.Clone(providers)
	for i := range out {
		out[i] = *p.wholeOne(out[i])
	}
	return out
}

func (p *Parsed) wholeOne(one cognito.ProviderSettings) *cognito.ProviderSettings {
	one.Details = maps.Clone(one.Details)
	for _, key := range fileDetails {
		if text, ok := p.beside[one.Details[key]]; ok {
			one.Details[key] = text
		}
	}
	return &one
}

// providersOf wants every provider that a client takes to be in the pool.
func (c *checker) providersOf(pool *cognito.PoolSettings, names []string, path string) {
	for n, name := range names {
		known := name == "COGNITO" || slices.ContainsFunc(pool.Providers, func(p cognito.ProviderSettings) bool { return p.Name == name })
		if !known && name != "" {
			c.fail(fmt.Sprintf("%s[%d]", path, n), "add it under the identity_providers of the pool", "the pool has no identity provider %q", name)
		}
	}
}
