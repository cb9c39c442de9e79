package passkey

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

func TestModelsHaveTheNamesPeopleKnow(t *testing.T) {
	for id, want := range map[string]string{
		"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "Apple Passwords", "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
		"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello", "9f0d8150-baa5-4c00-9299-ad62c8bb4e87": "GoTrust Idem Card",
		"891494da-2c90-4d31-a9cd-4eab0aed1309": "Sésame", "00000000-0000-0000-0000-000000000000": "", "ffffffff-ffff-ffff-ffff-ffffffffffff": "",
	} {
		raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := Name(raw); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	for _, short := range [][]byte{nil, {}, []byte("unknown"), make([]byte, 15)} {
		if got := Name(short); got != "" {
			t.Errorf("%x is %q", short, got)
		}
	}
}

func TestEveryModelIsListedOnceWithAName(t *testing.T) {
	line := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} \S.*\S$`)
	seen := map[string]bool{}
	for text := range strings.Lines(models) {
		text = strings.TrimSuffix(text, "\n")
		if !line.MatchString(text) || seen[text[:36]] || len(text) > 36+41 {
			t.Errorf("%q", text)
		}
		seen[text[:36]] = true
	}
	if len(seen) < 100 {
		t.Errorf("%d models", len(seen))
	}
}
