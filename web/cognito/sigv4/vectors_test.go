package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The published example's key and time.
const (
	exampleKey    = "AKIDEXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var exampleTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// vectors are of AWS's Signature Version 4 test suite, as published in
// awslabs/aws-c-auth (tests/aws-signing-test-suite/v4): request line, headers in
// their order, and what they are signed with.
var vectors = []struct{ name, line, headers, body, signed, signature string }{
	{"get-vanilla", "GET /", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"post-vanilla", "POST /", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{"get-utf8", "GET /ሴ", "", "", "host;x-amz-date", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{"get-space", "GET /example space/", "", "", "host;x-amz-date", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{"get-unreserved", "GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "", "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"get-slashes", "GET //example//", "", "", "host;x-amz-date", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{"get-slash-pointless-dot", "GET /./example", "", "", "host;x-amz-date", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
	{"get-slash-dot-slash", "GET /./", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-relative-relative", "GET /example1/example2/../..", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-vanilla-empty-query-key", "GET /?Param1=value1", "", "", "host;x-amz-date", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{"get-vanilla-query-order-key-case", "GET /?Param2=value2&Param1=value1", "", "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-vanilla-query-order-encoded", "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", "", "", "host;x-amz-date", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
	{"get-vanilla-utf8-query", "GET /?ሴ=bar", "", "", "host;x-amz-date", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{"get-header-key-duplicate", "GET /", "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1", "", "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
	{"get-header-value-order", "GET /", "My-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2", "", "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
	{"get-header-value-trim", "GET /", "My-Header1: value1\nMy-Header2: \"a   b   c\"", "", "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{"post-x-www-form-urlencoded", "POST /", "Content-Type:application/x-www-form-urlencoded\nX-Amz-Content-Sha256:9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e", "Param1=value1", "content-length;content-type;host;x-amz-content-sha256;x-amz-date", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
}

// example makes a request as net/http's server would hand it on.
func example(line, headers, body, signed, signature string) *http.Request {
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	req := &http.Request{Method: method, RequestURI: target, Host: "example.amazonaws.com", Header: http.Header{}, ContentLength: int64(len(body)), URL: &url.URL{Path: path, RawQuery: query}}
	for _, header := range strings.Split(headers, "\n") {
		if name, value, ok := strings.Cut(header, ":"); ok {
			req.Header.Add(name, strings.TrimSpace(value))
		}
	}
	req.Header.Set("X-Amz-Date", "20150830T123600Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+exampleKey+"/20150830/us-east-1/service/aws4_request, SignedHeaders="+signed+", Signature="+signature)
	return req
}

func TestPublishedExamplesHold(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			s, err := Read(example(v.line, v.headers, v.body, v.signed, v.signature), []byte(v.body), "service", exampleTime)
			if err != nil || s.KeyID != exampleKey || !s.By(exampleSecret) {
				t.Fatalf("%v %+v", err, s)
			}
			if s.By(exampleSecret+"x") || s.By("") {
				t.Error("another secret holds as well")
			}
		})
	}
}

func TestTheWindowIsFifteenMinutes(t *testing.T) {
	v := vectors[0]
	for offset, want := range map[time.Duration]string{
		0: "", Window: "", -Window: "", Window + time.Second: "expired", -Window - time.Second: "not yet current", 24 * time.Hour: "expired", -24 * time.Hour: "not yet current",
	} {
		_, err := Read(example(v.line, v.headers, v.body, v.signed, v.signature), nil, "service", exampleTime.Add(offset))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", offset, err)
		}
	}
}

// FuzzRead: no request makes reading fail otherwise than by an Error.
func FuzzRead(f *testing.F) {
	f.Add("GET /a?b=c", "X-A:b", "AWS4-HMAC-SHA256 Credential=a/20150830/r/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("a", 64))
	f.Add("GET /%zz?%zz=1&&=", "", "AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;;,Signature=")
	f.Fuzz(func(t *testing.T, line, headers, authorization string) {
		req := example(line, headers, "", "host", strconv.Itoa(1))
		req.Header.Set("Authorization", authorization)
		s, err := Read(req, nil, "service", exampleTime)
		if _, ok := err.(*Error); err != nil && !ok || err == nil && s.By("secret") {
			t.Errorf("%v", err)
		}
	})
}
