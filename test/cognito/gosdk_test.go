package cognito

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"poolhouse.dev/test/kit"
)

// goSDK is aws-sdk-go-v2 as an app sets it up, and what it has called so far.
type goSDK struct {
	*cip.Client
	server *kit.Server
	wire   *wire
	called map[string]bool
	pool   string // that the steps are about
	client string
	// telling is a client whose users may learn which names are taken.
	telling string
}

// wire keeps the body of the last answer, as it came, and the request.
type wire struct {
	last   []byte
	sent   *http.Request // without its body
	body   []byte
	client *http.Client
}

// Do implements the SDK's HTTP client.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	var err error
	if w.body, err = io.ReadAll(req.Body); err != nil {
		return nil, err
	}
	w.sent, req.Body = req.Clone(context.Background()), io.NopCloser(bytes.NewReader(w.body))
	res, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	w.last, err = io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(w.last))
	return res, err
}

func newGoSDK(s *kit.Server, id, secret string) *goSDK {
	w := &wire{client: http.DefaultClient}
	key := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
	client := cip.New(cip.Options{
		BaseEndpoint: aws.String(s.URL), Region: region, HTTPClient: w, Credentials: key, RetryMaxAttempts: 1,
	})
	return &goSDK{Client: client, server: s, wire: w, called: map[string]bool{}, pool: kit.PoolID, client: apiClient}
}

// caller is a method of the SDK's client.
type caller[I, O any] func(context.Context, *I, ...func(*cip.Options)) (*O, error)

// do calls an operation, which must work, and holds what the SDK decoded against
// what came: no member may be lost.
func do[I, O any](t testing.TB, g *goSDK, call caller[I, O], in *I) *O {
	t.Helper()
	name := operationOf(in)
	g.called[name] = true
	out, err := call(context.Background(), in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var raw any
	if err := json.Unmarshal(g.wire.last, &raw); err != nil {
		t.Fatalf("%s answers %q: %v", name, g.wire.last, err)
	}
	for _, lost := range compare(raw, reflect.ValueOf(*out), name) {
		t.Error(lost)
	}
	return out
}

// refuses calls an operation, which must fail with that exception.
func refuses[I, O any](t testing.TB, g *goSDK, want string, call caller[I, O], in *I) {
	t.Helper()
	name := operationOf(in)
	g.called[name] = true
	_, err := call(context.Background(), in)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want {
		t.Fatalf("%s: %v, want %s", name, err, want)
	}
	if _, generic := api.(*smithy.GenericAPIError); generic {
		t.Errorf("%s: the SDK has no exception %s", name, want)
	}
	if api.ErrorMessage() == "" {
		t.Errorf("%s: %s says nothing", name, want)
	}
}

func operationOf(in any) string {
	return strings.TrimSuffix(reflect.TypeOf(in).Elem().Name(), "Input")
}

// uncalled lists the operations of the SDK that no step has called.
func (g *goSDK) uncalled() (names []string) {
	client := reflect.TypeOf(g.Client)
	for i := range client.NumMethod() {
		m := client.Method(i)
		if m.Type.NumIn() == 4 && strings.HasSuffix(m.Type.In(2).String(), "Input") && !g.called[m.Name] {
			names = append(names, m.Name)
		}
	}
	return names
}

// TestGoSDK calls every operation that aws-sdk-go-v2 has, in the order in which
// people come to need them.
func TestGoSDK(t *testing.T) {
	t.Parallel()
	g := newGoSDK(start(t, withPasskeys), keyID, keySecret)
	for _, step := range goSteps {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, g) }) && step.needed {
			t.Fatal("nothing goes on from here")
		}
	}
	t.Run("every operation of the SDK has been called", func(t *testing.T) {
		for _, name := range g.uncalled() {
			t.Errorf("no step calls %s", name)
		}
	})
}

type goStep struct {
	name   string
	needed bool // what follows stands on it
	run    func(*testing.T, *goSDK)
}

// TestGoSDKFindsWhatIsLost holds the comparison against answers that lose something.
func TestGoSDKFindsWhatIsLost(t *testing.T) {
	for raw, want := range map[string]string{
		`{"Session": "s"}`: "",
		`{"Sesion": "s"}`:  "X.Sesion",
		`{"AuthenticationResult": {"ExpiresIn": 3600}}`:          "X.AuthenticationResult",
		`{"ChallengeParameters": {"USERNAME": "ann", "b": "c"}}`: "X.ChallengeParameters.b",
		`{"ChallengeName": "SMS_MFA"}`:                           "X.ChallengeName",
		`{"AvailableChallenges": ["PASSWORD", "SMS_OTP"]}`:       "X.AvailableChallenges",
	} {
		var parsed any
		if err := json.Unmarshal([]byte(raw), &parsed); err != nil {
			t.Fatal(err)
		}
		decoded := cip.InitiateAuthOutput{Session: aws.String("s"), ChallengeParameters: map[string]string{"USERNAME": "ann"}}
		lost := strings.Join(compare(parsed, reflect.ValueOf(decoded), "X"), "\n")
		if (want == "") != (lost == "") || !strings.Contains(lost, want) {
			t.Errorf("%s: %q, want %q", raw, lost, want)
		}
	}
}
