package storage

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
)

var (
	// ErrWrongKey says that the master key is not the one the store was begun with.
	ErrWrongKey = errors.New("storage: the master key does not belong to this store")
	// ErrSeal says that a sealed value does not open: it was changed, belongs
	// elsewhere, or was sealed under another master key.
	ErrSeal = errors.New("storage: the sealed value does not open")
)

// Sealed is a secret under the master key. It may be stored and never shown.
type Sealed []byte

const hidden = "[hidden]"

// LogValue hides the value from logs.
func (Sealed) LogValue() slog.Value { return slog.StringValue(hidden) }

// String hides the value from messages.
func (Sealed) String() string { return hidden }

// GoString hides the value from %#v.
func (Sealed) GoString() string { return hidden }

// Sealer keeps secrets under a master key: AES-256-GCM with random nonces under
// a key derived by HKDF-SHA-256 (RFC 5869), and keyed hashes. It is safe for
// concurrent use.
type Sealer struct {
	master []byte
	aead   cipher.AEAD
}

// sealVersion is the first byte of a sealed value; part of the store format.
const sealVersion = 1

// NewSealer takes the 32 bytes of the master key.
func NewSealer(master []byte) (*Sealer, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("storage: the master key has %d bytes, 32 are needed", len(master))
	}
	s := &Sealer{master: append([]byte(nil), master...)}
	block, err := aes.NewCipher(s.derive("seal"))
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s, err
}

// LogValue hides the keys from logs.
func (*Sealer) LogValue() slog.Value { return slog.StringValue(hidden) }

// derive answers the key for one purpose; "seal" and "mac:" names never meet.
func (s *Sealer) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, s.master, nil, "poolhouse "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths HKDF cannot give
	}
	return key
}

// Seal encrypts the bytes and binds them to where they stand (collection, id,
// field): they open only with the same words.
func (s *Sealer) Seal(plain []byte, aad ...string) Sealed {
	return s.aead.Seal([]byte{sealVersion}, nil, plain, tuple(aad))
}

// Open decrypts what Seal made with the same words, or answers ErrSeal.
func (s *Sealer) Open(sealed Sealed, aad ...string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrSeal
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], tuple(aad))
	if err != nil {
		return nil, ErrSeal
	}
	return plain, nil
}

// MAC answers HMAC-SHA-256 over the parts, under a key of its own for each purpose.
func (s *Sealer) MAC(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, s.derive("mac:"+purpose))
	mac.Write(tuple(parts))
	return mac.Sum(nil)
}

// tuple joins the words so that no two lists of words give the same bytes.
func tuple(words []string) []byte {
	key := K()
	for _, word := range words {
		key = appendPart(key, word)
	}
	return key
}

// sealMarker tells whether a master key is the store's.
type sealMarker struct {
	Name   string `json:"name"`
	Sealed Sealed `json:"sealed"`
}

var sealMarkers = Collection[sealMarker]{
	Name: "storage.sealer", Format: 1,
	ID: func(m *sealMarker) []any { return []any{m.Name} },
}

// CheckSealer answers ErrWrongKey when the store was begun with another master
// key. A store without a marker takes this key as its own.
func CheckSealer(ctx context.Context, s Store, sealer *Sealer) error {
	marker, err := findMarker(ctx, s)
	if errors.Is(err, ErrNotFound) {
		if err = setMarker(ctx, s, sealer); errors.Is(err, ErrExists) {
			marker, err = findMarker(ctx, s) // another process was quicker
		} else {
			return err
		}
	}
	if err != nil {
		return err
	}
	if _, err := sealer.Open(marker.Sealed, "storage.sealer", marker.Name); err != nil {
		return ErrWrongKey
	}
	return nil
}

const markerName = "master"

func findMarker(ctx context.Context, s Store) (marker sealMarker, err error) {
	err = s.View(ctx, func(r Reader) error {
		marker, err = sealMarkers.Get(r, markerName)
		return err
	})
	return marker, err
}

func setMarker(ctx context.Context, s Store, sealer *Sealer) error {
	sealed := sealer.Seal([]byte("poolhouse"), "storage.sealer", markerName)
	return s.Update(ctx, func(w Writer) error {
		return sealMarkers.Insert(w, sealMarker{Name: markerName, Sealed: sealed})
	})
}
