package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// signed is a request whose signature holds for whatever it claims.
func signed(t *testing.T, day, region, service, term, headers, hash string, change func(*http.Request)) *http.Request {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "https://login.example.test/", strings.NewReader(input))
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("X-Amz-Date", "20260503T120000Z")
	if change != nil {
		change(req)
	}
	scope := []string{day, region, service, term}
	canonical, err := canonicalRequest(req, strings.Split(headers, ";"), hash)
	if err != nil {
		t.Fatal(err)
	}
	total := sha256.Sum256([]byte(canonical))
	key := []byte("AWS4" + exampleSecret)
	for _, part := range scope {
		key = sum(key, part)
	}
	signature := sum(key, strings.Join([]string{algorithm, req.Header.Get("X-Amz-Date"), strings.Join(scope, "/"), hex.EncodeToString(total[:])}, "\n"))
	req.Header.Set("Authorization", algorithm+" Credential="+exampleKey+"/"+strings.Join(scope, "/")+", SignedHeaders="+headers+", Signature="+hex.EncodeToString(signature))
	return req
}

// A signature that holds does not make up for what must not be signed at all.
func TestAttackASignatureOverTheWrongThings(t *testing.T) {
	raw := sha256.Sum256([]byte(input))
	hash := hex.EncodeToString(raw[:])
	const all = "host;x-amz-date;x-amz-target"
	for name, c := range map[string]struct {
		day, region, service, term, headers, hash string
		change                                    func(*http.Request)
		want                                      string
	}{
		"nothing wrong":              {"20260503", "eu-north-1", service, terminator, all, hash, nil, ""},
		"any region":                 {"20260503", "moon-1", service, terminator, all, hash, nil, ""},
		"another service":            {"20260503", "eu-north-1", "s3", terminator, all, hash, nil, "InvalidSignatureException"},
		"another terminator":         {"20260503", "eu-north-1", service, "aws5_request", all, hash, nil, "InvalidSignatureException"},
		"another day":                {"20260502", "eu-north-1", service, terminator, all, hash, nil, "InvalidSignatureException"},
		"the host left out":          {"20260503", "eu-north-1", service, terminator, "x-amz-date;x-amz-target", hash, nil, "InvalidSignatureException"},
		"the operation left out":     {"20260503", "eu-north-1", service, terminator, "host;x-amz-date", hash, nil, "InvalidSignatureException"},
		"headers in another order":   {"20260503", "eu-north-1", service, terminator, "host;x-amz-target;x-amz-date", hash, nil, "IncompleteSignatureException"},
		"a header twice":             {"20260503", "eu-north-1", service, terminator, "host;host;x-amz-date;x-amz-target", hash, nil, "IncompleteSignatureException"},
		"a header that is not there": {"20260503", "eu-north-1", service, terminator, all + ";x-none", hash, nil, "InvalidSignatureException"},
		"no body hash": {"20260503", "eu-north-1", service, terminator, "host;x-amz-content-sha256;x-amz-date;x-amz-target", "UNSIGNED-PAYLOAD",
			header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), "IncompleteSignatureException"},
		"a body in chunks": {"20260503", "eu-north-1", service, terminator, "host;x-amz-content-sha256;x-amz-date;x-amz-target", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			header("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), "IncompleteSignatureException"},
		"the hash of another body": {"20260503", "eu-north-1", service, terminator, "host;x-amz-content-sha256;x-amz-date;x-amz-target", strings.Repeat("0", 64),
			header("X-Amz-Content-Sha256", strings.Repeat("0", 64)), "InvalidSignatureException"},
		"temporary credentials": {"20260503", "eu-north-1", service, terminator, "host;x-amz-date;x-amz-security-token;x-amz-target", hash,
			header("X-Amz-Security-Token", "t"), "UnrecognizedClientException"},
		"a signature in the query besides": {"20260503", "eu-north-1", service, terminator, all, hash,
			func(req *http.Request) { req.URL.RawQuery = "X-Amz-Signature=1" }, "IncompleteSignatureException"},
		"a path too long": {"20260503", "eu-north-1", service, terminator, all, hash, nil, "IncompleteSignatureException"},
	} {
		t.Run(name, func(t *testing.T) {
			req := signed(t, c.day, c.region, c.service, c.term, c.headers, c.hash, c.change)
			if name == "a path too long" {
				req.RequestURI = "/" + strings.Repeat("a", maxPath)
			}
			s, err := Read(req, []byte(input), service, now)
			got := ""
			if e, ok := err.(*Error); ok {
				got = e.Name
			}
			if got != c.want || c.want == "" && !s.By(exampleSecret) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
