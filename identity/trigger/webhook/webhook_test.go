package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/webhook"
)

// The example of the Standard Webhooks specification.
func TestTheSpecificationsExample(t *testing.T) {
	key, err := webhook.ReadSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsAreStrong(t *testing.T) {
	for _, text := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_not base64 at all, is it", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := webhook.ReadSecret(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// A receiver of the test's own checks the signature, as theirs will.
func TestRequestsAreSigned(t *testing.T) {
	at := time.Unix(1790000000, 0)
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
		mac.Write([]byte(req.Header.Get("webhook-id") + "." + req.Header.Get("webhook-timestamp") + "." + string(body)))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); req.Header.Get("webhook-signature") != want {
			t.Errorf("%s, want %s", req.Header.Get("webhook-signature"), want)
		}
		if req.Header.Get("webhook-id") != "0198" || req.Header.Get("webhook-timestamp") != "1790000000" || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", req.Header)
		}
		_, _ = w.Write(body)
	}))
	defer server.Close()
	client := webhook.New(fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), func() time.Time { return at })
	answer, err := client.Invoke(context.Background(), trigger.Function{URL: server.URL, Secret: secret}, trigger.Ask{ID: "0198", Body: []byte(`{"response":{}}`)})
	if err != nil || string(answer.Body) != `{"response":{}}` {
		t.Errorf("%s, %v", answer.Body, err)
	}
}

func TestPrivateAddressesAreNotAsked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	defer server.Close()
	client := webhook.New(fetch.New(fetch.Options{}), time.Now)
	_, err := client.Invoke(context.Background(), trigger.Function{URL: server.URL, Secret: "whsec_" + strings.Repeat("A", 32)}, trigger.Ask{})
	var failed *trigger.Error
	if !errors.As(err, &failed) || failed.Outcome != trigger.Failed || failed.Again {
		t.Errorf("%+v", failed)
	}
}
