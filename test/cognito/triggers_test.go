package cognito

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/test/kit"
)

// What the handlers of these tests say to people they do not want, and where they are.
const (
	unwanted    = "People of Acme only"
	hookSecret  = "whsec_dGhlIHNlY3JldCBvZiB0aGUgaG9vayBvZiB0aGUgdGVzdA=="
	functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:sign-up"
	emulated    = "/2015-03-31/functions/function/invocations"
)

// preSignUp does what the beginning of the address says, as the servers below do.
const preSignUp = `export const handler = async (event) => {
  const { email } = event.request.userAttributes;
  if (email.startsWith("refused")) throw new Error("` + unwanted + `");
  if (email.startsWith("down")) await new Promise((done) => setTimeout(done, 6000));
  if (email.startsWith("shape")) return "yes";
  event.response.autoConfirmUser = true;
  return event;
};`

// TestTriggersOfEveryKind signs people up at the program with a script of a folder,
// a signed webhook and the Invoke API as the runtime interface emulator has it. Each
// accepts somebody, and fails in each way in which it can: nobody is half made by that.
func TestTriggersOfEveryKind(t *testing.T) {
	t.Parallel()
	hook, invoke := httptest.NewServer(verified(answers(hookFails))), httptest.NewServer(emulator(answers(emulatorFails)))
	t.Cleanup(hook.Close)
	t.Cleanup(invoke.Close)
	s := start(t, func(config kit.Map) {
		folder := filepath.Join(filepath.Dir(config["data"].(string)), "triggers")
		if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "pre_sign_up.ts"), []byte(preSignUp), 0o600)); err != nil {
			t.Fatal(err)
		}
		config["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8", "::1/128"}}
		config["triggers"] = kit.Map{"secret": hookSecret,
			"functions": kit.List{kit.Map{"arn": functionARN, "invoke_url": invoke.URL, "function_name": "function"}}}
		for name, target := range map[string]string{"folder": "./triggers", "webhook": hook.URL, "invoke": functionARN} {
			config["pools"] = append(config["pools"].(kit.List), kit.Map{
				"id": "local_" + name, "pool_name": name, "username_attributes": kit.List{"email"}, "auto_verified_attributes": kit.List{"email"},
				"lambda_config": kit.Map{"pre_sign_up": target},
				"clients": kit.List{kit.Map{"client_name": name, "client_id": name, "explicit_auth_flows": flows,
					"callback_urls": kit.List{"https://localhost:9/"}}},
			})
		}
	})
	for _, name := range []string{"folder", "webhook", "invoke"} {
		t.Run(name, func(t *testing.T) {
			g := newGoSDK(s, keyID, keySecret)
			g.pool, g.client = "local_"+name, name
			someWanted(t, g)
			nobodyMade(t, g, "refused", "UserLambdaValidationException", "PreSignUp failed with error "+unwanted+".")
			nobodyMade(t, g, "down", "UnexpectedLambdaException", "")
			nobodyMade(t, g, "shape", "InvalidLambdaResponseException", "")
		})
	}
}

// someWanted signs up whom the trigger confirms, who can sign in at once.
func someWanted(t *testing.T, g *goSDK) {
	t.Helper()
	name := somebody()
	if out := do(t, g, g.SignUp, &cip.SignUpInput{ClientId: &g.client, Username: &name, Password: to(password)}); !out.UserConfirmed {
		t.Error("the trigger confirms, and the sign-up waits")
	}
	if in := do(t, g, g.InitiateAuth, signIn(g, name, password)); in.AuthenticationResult == nil {
		t.Errorf("asked for %s", in.ChallengeName)
	}
}

// nobodyMade signs up whom the trigger fails for, in these words unless they are "".
func nobodyMade(t *testing.T, g *goSDK, how, want, words string) {
	t.Helper()
	name := how + "-" + somebody()
	refuses(t, g, want, g.SignUp, &cip.SignUpInput{ClientId: &g.client, Username: &name, Password: to(password)})
	var said struct{ Message string }
	if err := json.Unmarshal(g.wire.last, &said); err != nil || words != "" && said.Message != words {
		t.Errorf("%s says %s, want %q: %v", how, g.wire.last, words, err)
	}
	refuses(t, g, "UserNotFoundException", g.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &g.pool, Username: &name})
	if sent := g.server.Mails(t, name); len(sent) > 0 {
		t.Errorf("%s is written to", name)
	}
}

// answers is a handler of somebody else's: it takes the event and gives it back.
func answers(fails map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		var event map[string]any
		if err := json.NewDecoder(req.Body).Decode(&event); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		email := event["request"].(map[string]any)["userAttributes"].(map[string]any)["email"].(string)
		how, _, _ := strings.Cut(email, "-")
		if fail := fails[how]; fail != nil {
			fail(w, req)
			return
		}
		event["response"].(map[string]any)["autoConfirmUser"] = true
		_ = json.NewEncoder(w).Encode(event)
	}
}

// says answers that.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// The ways in which each fails. The emulator has no X-Amz-Function-Error.
var (
	hookFails = map[string]http.HandlerFunc{
		"refused": says(http.StatusForbidden, `{"message":"`+unwanted+`"}`),
		"down":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"shape":   says(http.StatusOK, `"yes"`),
	}
	emulatorFails = map[string]http.HandlerFunc{
		"refused": says(http.StatusOK, `{"errorType":"Error","errorMessage":"`+unwanted+`","trace":["Error: `+unwanted+`"]}`),
		"down":    says(http.StatusOK, "Task timed out after 3.00 seconds"),
		"shape":   says(http.StatusOK, `{"response":{"autoConfirmUser":"yes"}}`),
	}
)

// verified lets through what is signed as Standard Webhooks 1.0.0 has it, and what
// is not to a failure.
func verified(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
		at, err := strconv.ParseInt(req.Header.Get("webhook-timestamp"), 10, 64)
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, req.Header.Get("webhook-id")+"."+req.Header.Get("webhook-timestamp")+"."+string(body))
		signature, signed := strings.CutPrefix(req.Header.Get("webhook-signature"), "v1,")
		given, _ := base64.StdEncoding.DecodeString(signature)
		if err != nil || time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute || !signed || !hmac.Equal(given, mac.Sum(nil)) {
			http.Error(w, "not signed", http.StatusUnauthorized)
			return
		}
		req.Body = io.NopCloser(strings.NewReader(string(body)))
		next.ServeHTTP(w, req)
	}
}

// emulator answers Invoke alone.
func emulator(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+emulated, next)
	return mux
}
