package docs

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

const (
	oldCognito  = "https://cognito-idp.eu-west-1.amazonaws.com/"
	movedPool   = "eu-west-1_aB3xY9kLm"
	movedClient = "1h57kf5cpq17m0eml12example"
	keyID       = "AKIDOFTHEDOCS0000001"
	keySecret   = "secret/of+the+documentation+0123456789ab"
)

// moving is docs/moving-off-cognito.md with its server running, and another server
// in the place of the pool at AWS.
func moving(t *testing.T) *clientPage {
	t.Helper()
	p := readPage(t, "docs/moving-off-cognito.md", "AWS_ACCESS_KEY_ID="+keyID, "AWS_SECRET_ACCESS_KEY="+keySecret, "AWS_PAGER=",
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "NODE_NO_WARNINGS=1")
	old := kit.Start(t, func(config kit.Map) {
		pool := kit.PoolOf(config)
		pool["clients"] = append(pool["clients"].(kit.List), kit.Map{"client_name": "Shop", "client_id": movedClient,
			"explicit_auth_flows": kit.List{"ALLOW_USER_PASSWORD_AUTH"}})
		pool["users"] = append(pool["users"].(kit.List), kit.Map{"username": "zoe@example.test", "password": "Correct-Horse-9",
			"user_attributes": kit.Map{"email": "zoe@example.test", "email_verified": "true", "name": "Zoe"}})
	})
	handler := p.take(t, "user_migration.js")
	if !strings.Contains(handler, oldCognito) {
		t.Fatal("the handler asks another address")
	}
	handler = strings.Replace(handler, oldCognito, old.URL+"/", 1)
	if err := os.WriteFile(filepath.Join(p.Server.Folder, "user_migration.js"), []byte(handler), 0o600); err != nil {
		t.Fatal(err)
	}
	p.files["poolhouse.yaml"] += "\noutgoing: {allow_networks: [127.0.0.0/8]}\n" // the old pool is on this machine
	p.serve(t)
	return p
}

// TestMovingOffCognito runs the page from its top to its end.
func TestMovingOffCognito(t *testing.T) {
	t.Parallel()
	p := moving(t)
	// Nothing that waits for the program is to wait for the compiler.
	build := exec.Command("go", "build", "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider")
	build.Dir = kit.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.run(t, "").Done(t)
	for _, one := range []struct{ file, says string }{
		{"list.mjs", "users: 1"}, {"aws-config", "users: 1"}, {"sdk.mjs", "users: 1"}, {"main.go", "users: 1"}, {"users.py", "users: 1"}, {"amplify.mjs", "hello, " + ann}, {"amplify5.mjs", "hello, " + ann},
		{"identity.mjs", "hello, " + ann}, {"verify.mjs", "verified "},
	} {
		p.write(t, one.file)
		if said := p.run(t, "").Done(t); !strings.Contains(said, one.says) {
			t.Errorf("%s says %q, want %q", one.file, said, one.says)
		}
	}
	if said := p.run(t, "").Done(t); !strings.Contains(said, "Bearer") {
		t.Errorf("somebody of the old pool gets %q", said)
	}
	p.checksTerraform(t)
	p.checksMobile(t)
	p.checksIssuers(t)
}

// checksTerraform: the program itself is not to be had by a test, so its block is
// held against the keys that the provider has (endpoint cognitoidp; what lets it
// start without STS), and nothing more.
func (p *clientPage) checksTerraform(t *testing.T) {
	t.Helper()
	block := p.take(t, "provider.tf")
	known := map[string]bool{"region": true, "skip_credentials_validation": true, "skip_requesting_account_id": true, "skip_metadata_api_check": true, "cognitoidp": true}
	for _, line := range regexp.MustCompile(`(?m)^\s+(\w+)\s+=`).FindAllStringSubmatch(block, -1) {
		if !known[line[1]] {
			t.Errorf("the provider has no %s", line[1])
		}
		delete(known, line[1])
	}
	if len(known) > 0 || !strings.Contains(block, `"`+p.Server.URL+`"`) {
		t.Errorf("the block lacks %v or the endpoint:\n%s", known, block)
	}
}

// checksMobile: telephones are out of reach as well. Amplify's endpoint there is a
// host without scheme, port and path, of the same pool and client.
func (p *clientPage) checksMobile(t *testing.T) {
	t.Helper()
	var file struct {
		CognitoUserPool struct{ Default map[string]string }
	}
	if err := json.Unmarshal([]byte(p.take(t, "amplifyconfiguration.json")), &file); err != nil {
		t.Fatal(err)
	}
	at := file.CognitoUserPool.Default
	if at["PoolId"] != movedPool || at["AppClientId"] != movedClient || !regexp.MustCompile(`^[a-z0-9.-]+$`).MatchString(at["Endpoint"]) || len(at) != 4 {
		t.Errorf("the file of Amplify is %v", at)
	}
}

// checksIssuers holds what is pasted into AWS's own services against discovery, at
// the root and at the path that Cognito has it at.
func (p *clientPage) checksIssuers(t *testing.T) {
	t.Helper()
	for _, path := range []string{"", "/" + movedPool} {
		var found map[string]any
		p.fetch(t, path+"/.well-known/openid-configuration", &found)
		if found["issuer"] != p.Server.URL {
			t.Errorf("%s names the issuer %v", path, found["issuer"])
		}
		var keys struct{ Keys []any }
		if p.fetch(t, path+"/.well-known/jwks.json", &keys); len(keys.Keys) == 0 {
			t.Errorf("%s has no keys", path)
		}
	}
	var found, authorizer, balancer map[string]any
	p.fetch(t, "/.well-known/openid-configuration", &found)
	for file, into := range map[string]*map[string]any{"authorizer.json": &authorizer, "load-balancer.json": &balancer} {
		if err := json.Unmarshal([]byte(p.take(t, file)), into); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for member, name := range map[string]string{"Issuer": "issuer", "AuthorizationEndpoint": "authorization_endpoint", "TokenEndpoint": "token_endpoint",
		"UserInfoEndpoint": "userinfo_endpoint"} {
		if balancer[member] != found[name] || member == "Issuer" && authorizer[member] != found[name] {
			t.Errorf("%s is %v, discovery says %v", member, balancer[member], found[name])
		}
	}
}

func (p *clientPage) fetch(t *testing.T, path string, into any) {
	t.Helper()
	res, err := http.Get(p.Server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", path, res.Status, err)
	}
}
