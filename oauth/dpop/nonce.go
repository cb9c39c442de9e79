package dpop

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"time"
)

// nonceWindow is how long a nonce is given out. It is taken for as long again.
const nonceWindow = 2 * time.Minute

// Nonces are a server's nonces (RFC 9449 §8). They stand in no store: each is a MAC
// of the time it is given out in, so that every node knows those of the others.
type Nonces struct {
	// MAC answers a keyed hash of the text, of 32 bytes; its key is for nonces alone.
	MAC func(text string) []byte
}

// At answers the nonce that is given out at a time.
func (n Nonces) At(now time.Time) string { return n.of(now.Unix() / int64(nonceWindow/time.Second)) }

func (n Nonces) of(bucket int64) string {
	return base64.RawURLEncoding.EncodeToString(n.MAC(strconv.FormatInt(bucket, 10))[:24])
}

// Good says that the nonce was given out by a time, in its window or the one before.
func (n Nonces) Good(nonce string, now time.Time) bool {
	good := 0
	for _, at := range []time.Time{now, now.Add(-nonceWindow)} {
		good |= subtle.ConstantTimeCompare([]byte(nonce), []byte(n.At(at)))
	}
	return good == 1
}
