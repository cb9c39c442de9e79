package config

import (
	"os"
	"path/filepath"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// Load reads and checks a file. A Problems error names every mistake; any
// other error says that the file could not be read.
func Load(path string, env func(string) (string, bool)) (*Parsed, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	parsed, err := Parse(path, text, env)
	if err != nil {
		return nil, err
	}
	parsed.fillPools()
	return parsed, parsed.check()
}

// DefaultPools is what a server without pools begins with.
func DefaultPools() []cognito.PoolSettings {
	pool := cognito.PoolSettings{Pool: identity.Pool{ID: "local_main", Name: "Poolhouse"}}
	fillPool(&pool, 0)
	return []cognito.PoolSettings{pool}
}

// fillPools makes short files enough: a pool without a word about names uses
// e-mail addresses, and verifies them.
func (p *Parsed) fillPools() {
	for i := range p.Pools {
		fillPool(&p.Pools[i], i)
	}
}

func fillPool(pool *cognito.PoolSettings, position int) {
	if pool.ID == "" && position == 0 {
		pool.ID = "local_main"
	}
	if pool.Name == "" {
		pool.Name = string(pool.ID)
	}
	if pool.UsernameAttributes == nil && pool.AliasAttributes == nil {
		pool.UsernameAttributes = []string{"email"}
		if pool.AutoVerifiedAttributes == nil {
			pool.AutoVerifiedAttributes = []string{"email"}
		}
	}
	for i := range pool.Clients {
		pool.Clients[i].PoolID = pool.ID
	}
}

// Beside makes the folder of a file: transport relative to the file.
func Beside(folder, transport string) string {
	path, ok := strings.CutPrefix(transport, "file:")
	if !ok || filepath.IsAbs(path) {
		return transport
	}
	return "file:" + filepath.Join(folder, path)
}
