package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/export"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/web/cognito"
)

// LogTarget says what an ARN of SetLogDeliveryConfiguration stands for: a file or a
// URL.
type LogTarget struct {
	ARN    string            `json:"arn"`
	Pools  []identity.PoolID `json:"pools,omitempty"` // the only ones whose entries go there; none: those for which a key of scope all names it
	Path   string            `json:"path,omitempty"`
	URL    string            `json:"url,omitempty"`
	Secret cognito.Secret    `json:"secret,omitempty"` // with url: instead of that of triggers
}

// LogTargets answers what ARNs stand for.
func (f *File) LogTargets() map[string]export.Target {
	mapped := map[string]export.Target{}
	for _, one := range f.LogDelivery {
		to := export.Target{Path: one.Path, URL: one.URL, Secret: string(one.Secret)}
		for _, pool := range one.Pools {
			to.Pools = append(to.Pools, string(pool))
		}
		if to.Path != "" && !filepath.IsAbs(to.Path) {
			to.Path = filepath.Join(f.Triggers.folder, to.Path)
		}
		if to.Secret == "" {
			to.Secret = string(f.Triggers.Secret)
		}
		mapped[strings.TrimSuffix(one.ARN, ":*")] = to
	}
	return mapped
}

func (c *checker) logTargets(f *File) {
	seen := map[string]bool{}
	for i, one := range f.LogDelivery {
		path := fmt.Sprintf("log_delivery[%d]", i)
		switch {
		case !trigger.IsARN(one.ARN):
			c.fail(path+".arn", "write it as SetLogDeliveryConfiguration has it", "%q is no ARN", one.ARN)
		case seen[one.ARN]:
			c.fail(path+".arn", "remove one of them", "%q stands there twice", one.ARN)
		case (one.Path == "") == (one.URL == ""):
			c.fail(path, "write path: FILE, or url: https://...", "it needs exactly one of path and url")
		case one.URL != "" && !fetchable(one.URL):
			c.fail(path+".url", "write https://logs.example.test/entries", "%q cannot be posted to", one.URL)
		case one.URL != "" && one.Secret == "" && f.Triggers.Secret == "":
			c.fail(path+".secret", makeSecret, "nothing signs what is posted")
		}
		c.signs(path+".secret", one.Secret)
		seen[one.ARN] = true
	}
}
