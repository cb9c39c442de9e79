package identity

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
	"poolhouse.dev/storage/memory"
)

const lambdaARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"

func TestLambdaConfigIsHeldAgainstItsBounds(t *testing.T) {
	pool := func(c trigger.Config) *Pool { return &Pool{ID: "local_main", Name: "Main", LambdaConfig: c} }
	for field, configs := range map[string][]trigger.Config{
		"lambda_config.pre_sign_up": {
			{PreSignUp: "arn:aws:lambda"}, {PreSignUp: "ftp://files.example.test/"}, {PreSignUp: "https:///path"}, {PreSignUp: "a\nb"}, {PreSignUp: strings.Repeat("a", 2049)},
		},
		"lambda_config.custom_message": {{CustomMessage: "http://e.test/#part"}},
		"lambda_config.pre_token_generation_config.lambda_version": {
			{PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: lambdaARN, LambdaVersion: "V4_0"}}, {PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: lambdaARN, LambdaVersion: "2"}},
		},
		"lambda_config.custom_sms_sender.lambda_version": {{CustomSMSSender: &trigger.Versioned{LambdaARN: "a.js", LambdaVersion: "V2_0"}}},
		"lambda_config.custom_email_sender.lambda_arn":   {{CustomEmailSender: &trigger.Versioned{LambdaVersion: "V1_0"}}},
		"lambda_config.kms_key_id":                       {{KMSKeyID: "key"}},
		"lambda_config.pre_token_generation":             {{PreTokenGeneration: "a.js", PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: "b.js"}}},
	} {
		for _, c := range configs {
			breaks(t, ValidatePool(pool(c)), field)
		}
	}
	for _, c := range []trigger.Config{
		{PreSignUp: "./triggers", PostConfirmation: "https://u:p@hooks.example.test:8443/a?b=c", CustomMessage: lambdaARN + ":live", KMSKeyID: "arn:aws:kms:eu-west-1:123456789012:key/12ab-34"},
		{PreTokenGeneration: lambdaARN, PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: lambdaARN, LambdaVersion: "V3_0"}, InboundFederation: &trigger.Versioned{LambdaARN: lambdaARN}},
	} {
		if err := ValidatePool(pool(c)); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestATriggerThatCannotBeAskedIsNotAttached(t *testing.T) {
	folder := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "index.js"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := &trigger.Dispatcher{Scripts: script.New(script.Options{}), Now: time.Now}
	run.Use(trigger.Functions{Folder: folder, Mapped: map[string]trigger.Function{lambdaARN: {InvokeURL: "http://127.0.0.1:9", Name: "f"}}})
	s := &Settings{Core: &Core{Store: memory.Open(), Now: time.Now, Triggers: run}}
	ctx := trigger.ByOwner(context.Background())
	puts := func(c trigger.Config) error {
		_, err := s.PutPool(ctx, Pool{ID: "local_main", Name: "Main", LambdaConfig: c})
		return err
	}
	breaks(t, puts(trigger.Config{PreSignUp: lambdaARN + "x"}), "lambda_config.pre_sign_up")
	breaks(t, puts(trigger.Config{PreSignUp: "gone"}), "lambda_config.pre_sign_up")
	write("exports.handler = async (event) => {")
	breaks(t, puts(trigger.Config{CustomEmailSender: &trigger.Versioned{LambdaARN: "index.js"}}), "lambda_config.custom_email_sender.lambda_arn")
	write("exports.handler = async (event) => event;")
	run.Reload()
	whole := trigger.Config{PreSignUp: "index.js", PostConfirmation: lambdaARN}
	if err := puts(whole); err != nil {
		t.Fatal(err)
	}
	// What became of it since keeps nobody from changing something else.
	write("exports.handler = (")
	run.Reload()
	if err := puts(whole); err != nil {
		t.Error(err)
	}
	breaks(t, puts(trigger.Config{PreSignUp: "index.js", CustomMessage: "index.js"}), "lambda_config.custom_message")

	// Whoever may change a pool over the API may not make this machine run files.
	write("exports.handler = async (event) => event;")
	run.Reload()
	ctx = trigger.ByEverywhere(context.Background())
	for _, target := range []string{"index.js", "https://hooks.example.test/"} {
		breaks(t, puts(trigger.Config{PreSignUp: "index.js", CustomMessage: target}), "lambda_config.custom_message")
	}
	if err := puts(trigger.Config{PreSignUp: "index.js", CustomMessage: lambdaARN}); err != nil {
		t.Error(err)
	}
}

// TestAttackTheFunctionOfAnotherPool: a key for one pool reaches no function that the
// file maps for another, and does not learn that it is there.
func TestAttackTheFunctionOfAnotherPool(t *testing.T) {
	const free, shared, bound = lambdaARN + "-free", lambdaARN + "-shared", lambdaARN + "-bound"
	at := trigger.Function{InvokeURL: "http://127.0.0.1:9", Name: "f"}
	of := func(isBound bool, pools ...string) trigger.Function {
		fn := at
		fn.Pools, fn.Bound = pools, isBound
		return fn
	}
	run := &trigger.Dispatcher{Now: time.Now}
	run.Use(trigger.Functions{Mapped: map[string]trigger.Function{free: of(false), shared: of(false, "local_a", "local_b"), bound: of(true, "local_a")}})
	s := &Settings{Core: &Core{Store: memory.Open(), Now: time.Now, Triggers: run}}
	nobody := context.Background()
	for _, c := range []struct {
		who string
		ctx context.Context
		arn string
		in  PoolID
		may bool
	}{
		{"a key for b", nobody, shared, "local_b", true}, {"a key for a", nobody, bound, "local_a", true},
		{"a key for b", nobody, bound, "local_b", false}, {"a key for b", nobody, free, "local_b", false}, {"a key for c", nobody, shared, "local_c", false},
		{"a key for all", trigger.ByEverywhere(nobody), free, "local_c", true}, {"a key for all", trigger.ByEverywhere(nobody), shared, "local_c", true},
		{"a key for all", trigger.ByEverywhere(nobody), bound, "local_c", false}, {"the owner", trigger.ByOwner(nobody), free, "local_c", true},
		{"the owner", trigger.ByOwner(nobody), bound, "local_c", false},
	} {
		_, err := s.PutPool(c.ctx, Pool{ID: c.in, Name: "P", LambdaConfig: trigger.Config{PreSignUp: c.arn}})
		if (err == nil) != c.may {
			t.Errorf("%s attaches %s to %s: %v", c.who, c.arn, c.in, err)
		}
	}
	said := func(arn string) string {
		return strings.ReplaceAll(run.MayAttach(nobody, "local_c", arn).Error(), arn, "it")
	}
	if said(bound) != said(lambdaARN+"-none") || said(free) != said(bound) {
		t.Errorf("%s, but of one that nothing maps %s", said(bound), said(lambdaARN+"-none"))
	}
	_, err := run.Run(nobody, trigger.Call{Kind: trigger.PreSignUp, Target: bound, Event: trigger.Event{UserPoolID: "local_c"}})
	if err == nil || !strings.Contains(err.Error(), "other pools") {
		t.Errorf("one that was attached before is asked: %v", err)
	}
}
