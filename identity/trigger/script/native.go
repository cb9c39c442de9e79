package script

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
	"github.com/google/uuid"
)

// maxRandom bounds what randomBytes and getRandomValues give at once (Web
// Cryptography API: 65,536).
const maxRandom = 65536

// native is what the prelude is written over.
func (m *machine) native() (*goja.Object, error) {
	if there, ok := m.loaded["native"].(*goja.Object); ok {
		return there, nil
	}
	n := m.js.NewObject()
	var failed error
	for name, fn := range map[string]any{
		"encode": m.encode, "decode": m.decode, "hash": m.hash, "random": m.random, "uuid": uuid.NewString, "parseURL": m.parseURL,
		"fetch": m.fetch, "log": m.log, "inspect": m.inspect, "equal": hmac.Equal,
	} {
		failed = errors.Join(failed, n.Set(name, fn))
	}
	m.loaded["native"] = n
	return n, failed
}

func (m *machine) wrong(text string) *goja.Object { return m.js.NewTypeError(text) }

// encode answers the bytes of a text in an encoding of Node's.
func (m *machine) encode(text, encoding string) goja.ArrayBuffer {
	return m.js.NewArrayBuffer(bytesOf(text, encoding))
}

func bytesOf(text, encoding string) []byte {
	switch strings.ToLower(encoding) {
	case "base64", "base64url":
		text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "", " ", "").Replace(text)
		found, _ := base64.RawStdEncoding.DecodeString(text) // Node takes what can be read
		return found
	case "hex":
		found, _ := hex.DecodeString(text)
		return found
	case "latin1", "binary", "ascii":
		units := utf16.Encode([]rune(text))
		out := make([]byte, len(units))
		for i, unit := range units {
			out[i] = byte(unit)
		}
		return out
	}
	return []byte(text)
}

// decode answers bytes as text in an encoding of Node's.
func (m *machine) decode(data []byte, encoding string) string {
	switch strings.ToLower(encoding) {
	case "base64":
		return base64.StdEncoding.EncodeToString(data)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(data)
	case "hex":
		return hex.EncodeToString(data)
	case "latin1", "binary", "ascii":
		out := make([]rune, len(data))
		for i, b := range data {
			out[i] = rune(b)
		}
		return string(out)
	}
	return strings.ToValidUTF8(string(data), "\uFFFD")
}

var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// hash answers a digest, or with a key a MAC.
func (m *machine) hash(algorithm string, data, key []byte, keyed bool) goja.ArrayBuffer {
	make, ok := hashes[strings.ReplaceAll(strings.ToLower(algorithm), "-", "")]
	if !ok {
		panic(m.wrong("no hash function is called " + algorithm))
	}
	sum := make()
	if keyed {
		sum = hmac.New(make, key)
	}
	sum.Write(data)
	return m.js.NewArrayBuffer(sum.Sum(nil))
}

func (m *machine) random(size int) goja.ArrayBuffer {
	if size < 0 || size > maxRandom {
		panic(m.wrong("0 to 65536 random bytes at once"))
	}
	out := make([]byte, size)
	_, _ = rand.Read(out) // it never fails
	return m.js.NewArrayBuffer(out)
}

// parseURL answers the parts of a URL, as seen from base if there is one, or nil.
func (m *machine) parseURL(text, base string) any {
	u, err := url.Parse(strings.TrimSpace(text))
	if err == nil && base != "" {
		var from *url.URL
		if from, err = url.Parse(base); err == nil {
			u = from.ResolveReference(u)
		}
	}
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Scheme != "file" {
		return nil
	}
	password, _ := u.User.Password()
	parts := map[string]string{
		"protocol": strings.ToLower(u.Scheme) + ":", "username": u.User.Username(), "password": password,
		"hostname": strings.ToLower(u.Hostname()), "port": u.Port(), "pathname": u.EscapedPath(), "search": "", "hash": "", "slashes": "//",
	}
	if u.Opaque != "" {
		parts["pathname"], parts["slashes"] = u.Opaque, ""
	} else if parts["pathname"] == "" {
		parts["pathname"] = "/"
	}
	if usual := map[string]string{"http:": "80", "https:": "443"}[parts["protocol"]]; parts["port"] == usual {
		parts["port"] = ""
	}
	if u.RawQuery != "" {
		parts["search"] = "?" + u.RawQuery
	}
	if u.Fragment != "" {
		parts["hash"] = "#" + u.EscapedFragment()
	}
	return parts
}
