package storage_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

const (
	sealedOnce = "01db5fabde28e65aa92f4281e10ab8cc56b8f35537fb391b0ff026869a71a44f06710cf98642"
	macOnce    = "7035e893e03b75f9051a33be78a66a0e40115612be11426c6c56f7a15b266050"
)

func newSealer(t testing.TB, last byte) *storage.Sealer {
	t.Helper()
	s, err := storage.NewSealer(append(bytes.Repeat([]byte{7}, 31), last))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	s := newSealer(t, 1)
	sealed := s.Seal([]byte("secret"), "client", "a", "b")
	if plain, err := s.Open(sealed, "client", "a", "b"); err != nil || string(plain) != "secret" {
		t.Fatalf("got %q, %v", plain, err)
	}
	for _, aad := range [][]string{nil, {"client", "a"}, {"client", "ab"}, {"client", "a", "b", ""}, {"client", "b", "a"}} {
		if _, err := s.Open(sealed, aad...); !errors.Is(err, storage.ErrSeal) {
			t.Errorf("with %q: %v", aad, err)
		}
	}
	if _, err := newSealer(t, 2).Open(sealed, "client", "a", "b"); !errors.Is(err, storage.ErrSeal) {
		t.Errorf("under another master key: %v", err)
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		if _, err := s.Open(bent, "client", "a", "b"); !errors.Is(err, storage.ErrSeal) {
			t.Errorf("with byte %d bent: %v", i, err)
		}
		if _, err := s.Open(sealed[:i], "client", "a", "b"); !errors.Is(err, storage.ErrSeal) {
			t.Errorf("with %d bytes: %v", i, err)
		}
	}
	if bytes.Equal(sealed, s.Seal([]byte("secret"), "client", "a", "b")) {
		t.Error("sealing twice gives the same bytes")
	}
}

func TestMACsDifferByPurposeAndParts(t *testing.T) {
	s := newSealer(t, 1)
	seen := map[string]string{}
	for _, c := range [][]string{{"code", "a", "b"}, {"code", "ab"}, {"code", "a", "b", ""}, {"link", "a", "b"}} {
		mac := string(s.MAC(c[0], c[1:]...))
		if other, found := seen[mac]; found || len(mac) != 32 {
			t.Errorf("%q: %x, as %s", c, mac, other)
		}
		seen[mac] = fmt.Sprint(c)
	}
}

// What was sealed by the first version opens for ever.
func TestSealFormatIsPermanent(t *testing.T) {
	sealed, err := hex.DecodeString(sealedOnce)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := newSealer(t, 1).Open(sealed, "a", "b"); err != nil || string(plain) != "poolhouse" {
		t.Errorf("got %q, %v", plain, err)
	}
	if got := hex.EncodeToString(newSealer(t, 1).MAC("code", "a", "b")); got != macOnce {
		t.Errorf("the MAC is %s, was %s", got, macOnce)
	}
}

func TestSealedIsNotShown(t *testing.T) {
	var out bytes.Buffer
	sealed := storage.Sealed("visible")
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "direct", sealed, "sealer", newSealer(t, 1))
	fmt.Fprintf(&out, "%v %s %#v %+v", sealed, sealed, sealed, struct{ S storage.Sealed }{sealed})
	if strings.Contains(out.String(), "visible") || strings.Contains(out.String(), "dmlzaWJsZQ") || strings.Contains(out.String(), "118 105") || strings.Contains(out.String(), "0x76, 0x69") {
		t.Errorf("shown in %s", out.String())
	}
	raw, err := json.Marshal(sealed)
	var back storage.Sealed
	if err := errors.Join(err, json.Unmarshal(raw, &back)); err != nil || !bytes.Equal(back, sealed) {
		t.Errorf("%s came back as %x (%v)", raw, []byte(back), err)
	}
}

func TestMasterKeyHas32Bytes(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := storage.NewSealer(make([]byte, n)); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
}
