package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
	"poolhouse.dev/identity/trigger/webhook"
	"poolhouse.dev/web/cognito"
)

// Triggers says where the code is that pools attach in lambda_config.
type Triggers struct {
	Secret      cognito.Secret    `json:"secret,omitempty"`      // signs what is sent to URLs of lambda_config
	Environment map[string]string `json:"environment,omitempty"` // process.env of scripts that lambda_config names
	Functions   []Function        `json:"functions,omitempty"`   // what ARNs stand for

	folder string // of the file
}

// Function says what an ARN stands for: exactly one of path, url, function_url
// and invoke_url.
type Function struct {
	ARN         string            `json:"arn"`
	Pools       []identity.PoolID `json:"pools,omitempty"` // the only ones that may have it; none: those of the file that attach it, and keys of scope all
	Path        string            `json:"path,omitempty"`
	Environment map[string]string `json:"environment,omitempty"` // with path: instead of that of triggers
	URL         string            `json:"url,omitempty"`
	Secret      cognito.Secret    `json:"secret,omitempty"` // with url: instead of that of triggers
	FunctionURL string            `json:"function_url,omitempty"`
	InvokeURL   string            `json:"invoke_url,omitempty"`
	Name        string            `json:"function_name,omitempty"` // with invoke_url: instead of the ARN

	// The access key that function_url and invoke_url are signed with.
	Region          string         `json:"region,omitempty"` // "" is the ARN's
	AccessKeyID     string         `json:"access_key_id,omitempty"`
	SecretAccessKey cognito.Secret `json:"secret_access_key,omitempty"`
}

// Beside makes the paths of scripts relative to a folder.
func (t *Triggers) Beside(folder string) { t.folder = folder }

// Targets answers where targets of lambda_config are, and which pools may have them:
// pools are those of the file.
func (t *Triggers) Targets(pools []cognito.PoolSettings) trigger.Functions {
	folder, err := filepath.Abs(t.folder)
	if err != nil {
		folder = t.folder
	}
	out := trigger.Functions{Folder: folder, Secret: string(t.Secret), Environment: t.Environment, Mapped: map[string]trigger.Function{}}
	for _, f := range t.Functions {
		mapped := trigger.Function{
			Environment: f.Environment, URL: f.URL, FunctionURL: f.FunctionURL, InvokeURL: f.InvokeURL, Name: f.Name,
			Key: trigger.AccessKey{Region: f.Region, ID: f.AccessKeyID, Secret: string(f.SecretAccessKey)},
		}
		mapped.Pools, mapped.Bound = f.attachable(pools), len(f.Pools) > 0
		if f.Path != "" {
			mapped.Path = out.Beside(f.Path)
		}
		if mapped.Secret = string(f.Secret); mapped.Secret == "" {
			mapped.Secret = out.Secret
		}
		if mapped.Environment == nil {
			mapped.Environment = t.Environment
		}
		if mapped.Name == "" {
			mapped.Name = f.ARN
		}
		if parts := strings.Split(f.ARN, ":"); mapped.Key.Region == "" && len(parts) > 3 {
			mapped.Key.Region = parts[3]
		}
		out.Mapped[f.ARN] = mapped
	}
	return out
}

// attachable are the pools that the function names, or else those that attach it.
func (f *Function) attachable(pools []cognito.PoolSettings) (ids []string) {
	for _, id := range f.Pools {
		ids = append(ids, string(id))
	}
	if len(f.Pools) > 0 {
		return ids
	}
	for i := range pools {
		attached := pools[i].LambdaConfig.Attached()
		if slices.ContainsFunc(attached, func(one trigger.Attached) bool { return one.LambdaARN == f.ARN }) {
			ids = append(ids, string(pools[i].ID))
		}
	}
	return ids
}

// triggers checks what ARNs stand for, and that every target is known.
func (c *checker) triggers(f *File) {
	c.signs("triggers.secret", f.Triggers.Secret)
	seen := map[string]int{}
	for i := range f.Triggers.Functions {
		one, path := &f.Triggers.Functions[i], fmt.Sprintf("triggers.functions[%d]", i)
		if first, twice := seen[one.ARN]; twice {
			c.fail(path+".arn", "remove one of them", "%q is already triggers.functions[%d]", one.ARN, first)
		}
		seen[one.ARN] = i
		c.function(f, path, one)
	}
	targets := f.Triggers.Targets(f.Pools)
	c.attached(f, func(path string, pool identity.PoolID, one trigger.Attached) {
		fn, err := targets.Of(one.LambdaARN)
		switch {
		case err != nil:
			c.fail(path, hintFor(one.LambdaARN, targets), "%v", err)
		case fn.Bound && !slices.Contains(fn.Pools, string(pool)):
			c.fail(path, "add "+string(pool)+" to the pools of that function", "%s is mapped for other pools", one.LambdaARN)
		}
	})
}

// attached goes through the triggers of all pools.
func (c *checker) attached(f *File, each func(path string, pool identity.PoolID, one trigger.Attached)) {
	for i := range f.Pools {
		for _, one := range f.Pools[i].LambdaConfig.Attached() {
			each(fmt.Sprintf("pools[%d].lambda_config.%s", i, one.Field), f.Pools[i].ID, one)
		}
	}
}

// makeSecret is the hint where a secret that signs is missing, or is none.
const makeSecret = `make one with: echo "whsec_$(openssl rand -base64 32)"`

func (c *checker) signs(path string, secret cognito.Secret) {
	if _, err := webhook.ReadSecret(string(secret)); secret != "" && err != nil {
		c.fail(path, makeSecret, "%v", err)
	}
}

func hintFor(target string, targets trigger.Functions) string {
	if !trigger.IsARN(target) {
		return makeSecret
	}
	name := target[strings.LastIndexByte(target, ':')+1:]
	for _, known := range slices.Sorted(maps.Keys(targets.Mapped)) {
		if strings.HasSuffix(known, ":"+name) || strings.HasPrefix(known, target+":") {
			return "did you mean " + known + "?"
		}
	}
	return "write {arn: " + target + ", path: ./triggers}, or url, function_url or invoke_url in the place of path"
}

func (c *checker) function(f *File, path string, one *Function) {
	if !trigger.IsARN(one.ARN) {
		c.fail(path+".arn", "write it as arn:aws:lambda:REGION:ACCOUNT:function:NAME", "%q is no ARN", one.ARN)
	}
	ways := 0
	for _, way := range []string{one.Path, one.URL, one.FunctionURL, one.InvokeURL} {
		if way != "" {
			ways++
		}
	}
	if ways != 1 {
		c.fail(path, "say one of path, url, function_url and invoke_url", "%d of them are set", ways)
	}
	for name, address := range map[string]string{"url": one.URL, "function_url": one.FunctionURL, "invoke_url": one.InvokeURL} {
		if address != "" && !fetchable(address) {
			c.fail(path+"."+name, "write https://…", "%q is no address that can be asked", trigger.Shown(address))
		}
	}
	c.signs(path+".secret", one.Secret)
	if one.URL != "" && one.Secret == "" && f.Triggers.Secret == "" {
		c.fail(path+".secret", makeSecret, "nothing signs what is sent there")
	}
	if (one.AccessKeyID == "") != (one.SecretAccessKey == "") {
		c.fail(path, "set both, or none", "access_key_id and secret_access_key go together")
	}
}

// CheckScripts compiles every script that the pools have attached. It takes some
// milliseconds for each, so it is for the start and for commands about the file.
func CheckScripts(f *File, parsed *Parsed, origin map[string]string) error {
	c := &checker{parsed: parsed, origin: origin}
	targets := f.Triggers.Targets(f.Pools)
	c.attached(f, func(path string, _ identity.PoolID, one trigger.Attached) {
		fn, err := targets.Of(one.LambdaARN)
		if err != nil || fn.Path == "" {
			return
		}
		if err := script.Check(fn.Path, one.Kind); err != nil {
			c.fail(path, "", "%q cannot be run: %v", fn.Path, err)
		}
	})
	return c.problems.err()
}

// AttachFolder attaches every handler of a folder that is named for a trigger.
// It answers how many there are.
func AttachFolder(pool *identity.Pool, folder string) int {
	c, found := &pool.LambdaConfig, 0
	plain := map[trigger.Kind]*string{
		trigger.PreSignUp: &c.PreSignUp, trigger.PostConfirmation: &c.PostConfirmation, trigger.PreAuthentication: &c.PreAuthentication,
		trigger.PostAuthentication: &c.PostAuthentication, trigger.UserMigration: &c.UserMigration, trigger.CustomMessage: &c.CustomMessage,
		trigger.DefineAuthChallenge: &c.DefineAuthChallenge, trigger.CreateAuthChallenge: &c.CreateAuthChallenge,
		trigger.VerifyAuthChallengeResponse: &c.VerifyAuthChallengeResponse,
	}
	versioned := map[trigger.Kind]**trigger.Versioned{
		trigger.PreTokenGeneration: &c.PreTokenGenerationConfig, trigger.CustomEmailSender: &c.CustomEmailSender,
		trigger.CustomSMSSender: &c.CustomSMSSender, trigger.InboundFederation: &c.InboundFederation,
	}
	for _, kind := range trigger.Kinds {
		if !script.Names(folder, kind) {
			continue
		}
		found++
		if target := plain[kind]; target != nil {
			*target = folder
			continue
		}
		known := trigger.Versions(kind)
		*versioned[kind] = &trigger.Versioned{LambdaARN: folder, LambdaVersion: known[min(1, len(known)-1)]}
	}
	return found
}
