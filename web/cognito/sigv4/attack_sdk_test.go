package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	service = "cognito-idp"
	target  = "AWSCognitoIdentityProviderService.ListUsers"
	input   = `{"UserPoolId":"local_main"}`
)

var now = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// sdkSigned is a request as aws-sdk-go-v2 signs it.
func sdkSigned(t *testing.T, path string, change func(*http.Request)) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "https://login.example.test"+path, strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("Amz-Sdk-Invocation-Id", "5b7a5c2e-0000-4000-8000-000000000000")
	req.Header.Set("X-Odd", "  a   b ")
	if change != nil {
		change(req)
	}
	sum := sha256.Sum256([]byte(input))
	keys := aws.Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret}
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, req, hex.EncodeToString(sum[:]), service, "eu-north-1", now); err != nil {
		t.Fatal(err)
	}
	return req
}

// received sends the request over a wire and answers whether it holds.
func received(t *testing.T, req *http.Request, at time.Time) (holds bool, err error) {
	t.Helper()
	var text bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var s *Signed
		if s, err = Read(req, body, service, at); err == nil {
			holds = s.By(exampleSecret)
		}
	}))
	defer server.Close()
	req.Host = req.URL.Host
	req.URL.Scheme, req.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
	got, sent := http.DefaultClient.Do(req)
	if sent != nil {
		t.Fatal(sent)
	}
	defer func() { _ = got.Body.Close() }()
	_, _ = io.Copy(&text, got.Body)
	return holds, err
}

func TestWhatTheSDKSignsHolds(t *testing.T) {
	for _, path := range []string{"/", "", "/local_main", "/a/b%20c/%C3%A4", "/?a=b&A=%2F&a=a", "/local_main/"} {
		if holds, err := received(t, sdkSigned(t, path, nil), now.Add(time.Minute)); !holds || err != nil {
			t.Errorf("%q: %v %v", path, holds, err)
		}
	}
}

// header changes a header after the request was signed.
func header(name, value string) func(*http.Request) {
	return func(req *http.Request) { req.Header.Set(name, value) }
}

// authorization changes a part of the Authorization header.
func authorization(old, other string) func(*http.Request) {
	return func(req *http.Request) {
		req.Header.Set("Authorization", strings.Replace(req.Header.Get("Authorization"), old, other, 1))
	}
}

// Every change of a signed request (SG-01 to SG-07) is noticed.
func TestAttackASignedRequestIsChanged(t *testing.T) {
	body := func(text string) func(*http.Request) {
		return func(req *http.Request) {
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
	}
	for name, change := range map[string]func(*http.Request){
		"another body of the same length": body(`{"UserPoolId":"local_evil"}`),
		"a longer body":                   body(input + " "),
		"no body":                         body(""),
		"another operation":               header("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminDeleteUser"),
		"two operations": func(req *http.Request) {
			req.Header.Add("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminDeleteUser")
		},
		"no operation":                     func(req *http.Request) { req.Header.Del("X-Amz-Target") },
		"another content type":             header("Content-Type", "application/json"),
		"another signed header":            header("X-Odd", "a b c"),
		"another invocation":               header("Amz-Sdk-Invocation-Id", "x"),
		"another path":                     func(req *http.Request) { req.URL.Path = "/local_evil" },
		"a query":                          func(req *http.Request) { req.URL.RawQuery = "a=b" },
		"another method":                   func(req *http.Request) { req.Method = http.MethodPut },
		"another host":                     func(req *http.Request) { req.URL.Host = "evil.example.test" },
		"another port":                     func(req *http.Request) { req.URL.Host = "login.example.test:8443" },
		"a later time":                     header("X-Amz-Date", "20260503T120100Z"),
		"two times":                        func(req *http.Request) { req.Header.Add("X-Amz-Date", "20260503T120100Z") },
		"no time":                          func(req *http.Request) { req.Header.Del("X-Amz-Date") },
		"a time in another form":           header("X-Amz-Date", "2026-05-03T12:00:00Z"),
		"a new header of Amazon's":         header("X-Amz-Extra", "1"),
		"a security token":                 header("X-Amz-Security-Token", "t"),
		"a body said to be unsigned":       header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
		"a body said to come in chunks":    header("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
		"a hash of another body":           header("X-Amz-Content-Sha256", strings.Repeat("0", 64)),
		"another region":                   authorization("/eu-north-1/", "/us-east-1/"),
		"no region":                        authorization("/eu-north-1/", "//"),
		"another service":                  authorization("/cognito-idp/", "/s3/"),
		"a service in another case":        authorization("/cognito-idp/", "/Cognito-Idp/"),
		"another day":                      authorization("/20260503/", "/20260504/"),
		"another terminator":               authorization("aws4_request", "aws5_request"),
		"another algorithm":                authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
		"an algorithm of none":             authorization("AWS4-HMAC-SHA256", "none"),
		"the host not signed":              authorization("host;", ""),
		"the operation not signed":         authorization(";x-amz-target", ""),
		"a header signed twice":            authorization("host;", "host;host;"),
		"headers in another order":         authorization("host;x-amz-date", "x-amz-date;host"),
		"headers in capitals":              authorization("host;", "Host;"),
		"a header signed that is not sent": authorization("x-amz-target", "x-amz-target;x-none"),
		"no signature":                     authorization("Signature=", "Sig="),
		"two signatures":                   authorization("Signature=", "Signature="+strings.Repeat("0", 64)+", Signature="),
		"an empty signature": func(req *http.Request) {
			before, _, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
			req.Header.Set("Authorization", before+"Signature=")
		},
		"a signature in capitals": func(req *http.Request) {
			before, after, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
			req.Header.Set("Authorization", before+"Signature="+strings.ToUpper(after))
		},
		"two Authorization headers": func(req *http.Request) { req.Header.Add("Authorization", req.Header.Get("Authorization")) },
		"no Authorization":          func(req *http.Request) { req.Header.Del("Authorization") },
		"a long Authorization": func(req *http.Request) {
			req.Header.Set("Authorization", req.Header.Get("Authorization")+strings.Repeat(" ", maxAuthorization)+"x")
		},
		"a presigned query": func(req *http.Request) {
			req.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=" + strings.Repeat("0", 64)
		},
		"a presigned query, hidden": func(req *http.Request) { req.URL.RawQuery = "x%2damz-signature=1" },
	} {
		t.Run(name, func(t *testing.T) {
			req := sdkSigned(t, "/", nil)
			change(req)
			holds, err := received(t, req, now)
			if holds {
				t.Fatal("it holds")
			}
			if e, ok := err.(*Error); err != nil && (!ok || !strings.HasSuffix(e.Name, "Exception") || e.Message == "") {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestPresignedByTheSDKIsRefused(t *testing.T) {
	req, _ := http.NewRequest(http.MethodPost, "https://login.example.test/", strings.NewReader(input))
	sum := sha256.Sum256([]byte(input))
	keys := aws.Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret}
	link, headers, err := v4.NewSigner().PresignHTTP(context.Background(), keys, req, hex.EncodeToString(sum[:]), service, "eu-north-1", now)
	if err != nil {
		t.Fatal(err)
	}
	presigned, _ := http.NewRequest(http.MethodPost, link, strings.NewReader(input))
	presigned.Header = headers
	presigned.Header.Set("X-Amz-Target", target)
	if holds, err := received(t, presigned, now); holds || err == nil {
		t.Errorf("%v %v", holds, err)
	}
}
