package lambda

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity/trigger"
)

// sign puts AWS Signature Version 4 on a request to Lambda: its host, its
// X-Amz-* fields, its type and its body are signed.
func sign(request *http.Request, body []byte, key trigger.AccessKey, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	sum := sha256.Sum256(body)
	request.Header.Set("X-Amz-Date", stamp)
	request.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	names, fields := canonicalFields(request)
	canonical := strings.Join([]string{
		request.Method, canonicalPath(request.URL), canonicalQuery(request.URL), fields, names, hex.EncodeToString(sum[:]),
	}, "\n")
	scope := strings.Join([]string{stamp[:8], key.Region, "lambda", "aws4_request"}, "/")
	hashed := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hex.EncodeToString(hashed[:])}, "\n")
	signing := []byte("AWS4" + key.Secret)
	for _, part := range append(strings.Split(scope, "/"), toSign) {
		signing = mac(signing, part)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key.ID+"/"+scope+", SignedHeaders="+names+", Signature="+hex.EncodeToString(signing))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func canonicalFields(request *http.Request) (names, fields string) {
	values := map[string]string{"host": request.URL.Host}
	for name := range request.Header {
		if lower := strings.ToLower(name); lower == "content-type" || strings.HasPrefix(lower, "x-amz-") {
			values[lower] = strings.Join(strings.Fields(request.Header.Get(name)), " ")
		}
	}
	var all []string
	for name := range values {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range all {
		fields += name + ":" + values[name] + "\n"
	}
	return strings.Join(all, ";"), fields
}

// canonicalPath escapes each segment of the escaped path once more.
func canonicalPath(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		segments[i] = escape(segment)
	}
	if path := strings.Join(segments, "/"); path != "" {
		return path
	}
	return "/"
}

func canonicalQuery(u *url.URL) string {
	var pairs []string
	for name, values := range u.Query() {
		for _, value := range values {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape leaves RFC 3986's unreserved characters alone as they are.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
