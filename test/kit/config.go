package kit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Map is a piece of configuration, as it stands in the file.
type Map = map[string]any

// List is a list in the configuration.
type List = []any

// Pool ids, client ids and people of the test configuration.
const (
	PoolID       = "local_main"
	WebClient    = "web"
	WebSecret    = "web-secret-of-the-test-3f9a1c"
	PublicClient = "spa"
	AnnPassword  = "correct horse battery staple"
)

// Config answers a configuration as an operator would write it: one pool whose
// people sign in with their address, a confidential client, a public one, and
// Ann. Change it before it is written.
func Config(folder, address, callback string) Map {
	return Map{
		"public_url": "http://" + address,
		"listen":     address,
		"data":       filepath.Join(folder, "data"),
		"email":      Map{"from": "Acme <login@acme.test>", "transport": "file:" + filepath.Join(folder, "mail")},
		"sms":        Map{"transport": "file:" + filepath.Join(folder, "sms")},
		"pools":      List{pool(callback)},
	}
}

func pool(callback string) Map {
	return Map{
		"id":                       PoolID,
		"pool_name":                "Acme",
		"username_attributes":      List{"email"},
		"auto_verified_attributes": List{"email"},
		"resource_servers": List{Map{"identifier": "api", "name": "API",
			"scopes": List{Map{"scope_name": "read", "scope_description": "Read things"}}}},
		"groups":  List{Map{"group_name": "staff", "precedence": 1}},
		"clients": List{webClient(callback), publicClient(callback)},
		"users": List{Map{"username": "ann@example.test", "password": AnnPassword, "groups": List{"staff"},
			"user_attributes": Map{"email": "ann@example.test", "email_verified": "true", "name": "Ann"}}},
	}
}

func webClient(callback string) Map {
	return Map{
		"client_name":          "Notes",
		"client_id":            WebClient,
		"client_secret":        WebSecret,
		"callback_urls":        List{callback + "/callback"},
		"logout_urls":          List{callback + "/"},
		"allowed_oauth_flows":  List{"code", "client_credentials"},
		"allowed_oauth_scopes": List{"openid", "email", "phone", "profile", "api/read"},
	}
}

func publicClient(callback string) Map {
	return Map{
		"client_name":         "Reader",
		"client_id":           PublicClient,
		"callback_urls":       List{callback + "/callback"},
		"logout_urls":         List{callback + "/"},
		"allowed_oauth_flows": List{"code"},
	}
}

// PoolOf answers the first pool of a configuration, to change it.
func PoolOf(config Map) Map { return config["pools"].(List)[0].(Map) }

// Write writes the configuration into the folder and answers the file's path.
func Write(t testing.TB, folder string, config Map) string {
	t.Helper()
	text, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "poolhouse.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// AtLocalhost puts the pages at http://localhost: a bare address is no relying
// party, so there would be no passkeys.
func AtLocalhost(config Map) {
	config["public_url"] = strings.Replace(config["public_url"].(string), "127.0.0.1", "localhost", 1)
}

// WithPlaces lets the server know where some addresses of this machine "are":
// 127.0.0.2 is Berlin, 127.0.0.3 Sydney.
func WithPlaces(t testing.TB) func(Map) {
	t.Helper()
	path := filepath.Join(Root(t), "identity", "risk", "testdata", "places.mmdb")
	return func(config Map) { config["places"] = path }
}
