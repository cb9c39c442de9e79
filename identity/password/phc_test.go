package password

import (
	"errors"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const someHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestAStoredHashIsReadInOneSpellingOnly(t *testing.T) {
	if _, err := CostOf(someHash); err != nil {
		t.Fatal(err)
	}
	for name, encoded := range map[string]string{
		"empty":             "",
		"another algorithm": "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"another version":   "$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"no time":           "$argon2id$v=19$m=19456,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"no lane":           "$argon2id$v=19$m=19456,t=2,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"too little memory": "$argon2id$v=19$m=15,t=2,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"leading zero":      "$argon2id$v=19$m=019456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"sign":              "$argon2id$v=19$m=+19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"another order":     "$argon2id$v=19$t=2,m=19456,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"a key id":          "$argon2id$v=19$m=19456,t=2,p=1,keyid=AA$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"short salt":        "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"short tag":         "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
		"trailing bits":     "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAB$AAAAAAAAAAAAAAAAAAAAAA",
		"padding":           "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA",
		"line break":        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAA\nAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"more behind":       someHash + "$",
	} {
		if _, err := CostOf(encoded); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACostlyHashIsRefusedBeforeItIsComputed(t *testing.T) {
	h := NewHasher(Options{Workers: 1})
	h.places <- struct{}{} // the refusal needs no worker
	for _, params := range []string{"m=65537,t=2,p=1", "m=4194304,t=2,p=1", "m=4294967296,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=1000000,p=1", "m=19456,t=2,p=17", "m=19456,t=2,p=256"} {
		encoded := "$argon2id$v=19$" + params + "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"
		if _, err := h.Verify(t.Context(), encoded, "x"); !errors.Is(err, ErrCostly) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", params, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(someHash)
	f.Add("$argon2id$v=19$m=65536,t=10,p=16$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$2b$12$abcdefghijklmnopqrstuv")
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := parse(encoded)
		if err != nil {
			return
		}
		if h.String() != encoded {
			t.Errorf("%q is read as %q", encoded, h.String())
		}
		if h.params.Memory > maxMemory || h.params.Time > maxTime || h.params.Threads > maxThreads {
			t.Errorf("%q passes the caps", encoded)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("cafe\u0301")
	f.Add("\u0344\u0958\ufb1d")
	f.Add("\xff\xcc\x81")
	f.Fuzz(func(t *testing.T, password string) {
		text, err := Normalise(password)
		if err != nil {
			return
		}
		if again, err := Normalise(text); err != nil || again != text {
			t.Errorf("%q: %q is no fixed point: %q, %v", password, text, again, err)
		}
		if typed, err := Normalise(norm.NFD.String(password)); err == nil && typed != text {
			t.Errorf("%q: decomposed it becomes %q, not %q", password, typed, text)
		}
		if len(text) > MaxBytes || utf8.RuneCountInString(text) > MaxRunes {
			t.Errorf("%q passes the bounds", password)
		}
	})
}
