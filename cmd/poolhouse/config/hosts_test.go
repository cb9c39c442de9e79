package config

import (
	"strings"
	"testing"
)

func TestMistakesInDomainsAndLogTargets(t *testing.T) {
	const url = "public_url: https://login.example.com\n"
	for name, c := range map[string]struct{ text, want string }{
		"the server's own name":    {url + "pools:\n  - domain: login.example.com\n", `:3: pools[0].domain: must not be a name of this server itself`},
		"capitals":                 {url + "pools:\n  - domain: Acme\n", `:3: pools[0].domain: must be a prefix such as acme`},
		"a prefix for a host name": {url + "pools:\n  - custom_domain: acme\n", `:3: pools[0].custom_domain: "acme" is a prefix`},
		"two pools, one name":      {url + "pools:\n  - {id: a_1, domain: acme}\n  - {id: a_2, domain: acme}\n", `:4: pools[1].domain: "acme" is the domain of pools[0] as well`},
		"two pools, one host":      {url + "pools:\n  - {id: a_1, domain: acme}\n  - {id: a_2, domain: acme.login.example.com}\n", `:4: pools[1].domain: "acme.login.example.com" is the domain of pools[0] as well`},
		"an ARN without a target":  {url + "log_delivery:\n  - arn: arn:aws:s3:::x\n", `log_delivery[0]: it needs exactly one of path and url`},
		"a URL without a secret":   {url + "log_delivery:\n  - {arn: 'arn:aws:s3:::x', url: https://logs.test/}\n", `nothing signs what is posted`},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := load(t, c.text)
			if err == nil {
				err = CheckServer(&parsed.File, parsed, nil)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}
