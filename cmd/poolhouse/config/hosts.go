package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// domains holds the domains of pools against the names of the server, and against
// each other.
func (c *checker) domains(f *File) {
	var own []string
	below := ""
	if at, err := url.Parse(f.PublicURL); err == nil && at.Host != "" {
		own, below = append(append(own, at.Host), f.Hosts...), "."+strings.ToLower(at.Hostname())
	}
	holders := map[string]string{}
	for i := range f.Pools {
		pool, path := &f.Pools[i], fmt.Sprintf("pools[%d]", i)
		for key, name := range map[string]string{"domain": pool.Domain, "custom_domain": pool.CustomDomain} {
			if name == "" {
				continue
			}
			c.domain(path+"."+key, name, own)
			host := name
			if !identity.IsCustom(name) {
				host += below // both spellings of a host are one
			}
			if holder, taken := holders[host]; taken {
				c.fail(path+"."+key, "give every pool its own", "%q is the domain of %s as well", name, holder)
			}
			holders[host] = path
		}
		if pool.CustomDomain != "" && !strings.Contains(pool.CustomDomain, ".") {
			c.fail(path+".custom_domain", "write it as domain", "%q is a prefix", pool.CustomDomain)
		}
		if strings.Contains(pool.Domain, ".") && pool.CustomDomain != "" {
			c.fail(path+".custom_domain", "leave one of the two out", "domain is a host name already")
		}
	}
}

func (c *checker) domain(path, name string, own []string) {
	var refusal *identity.Error
	if errors.As(identity.ValidateDomain(name, nil, own), &refusal) {
		c.fail(path, "", "%s", cognito.Reason(refusal))
	}
}
