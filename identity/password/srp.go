package password

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"strings"
	"time"
)

// SRP-6a (RFC 2945, RFC 5054) as Amazon Cognito's clients do it: the 3072-bit
// group of RFC 3526 with generator 2, SHA-256, numbers in the fewest bytes with
// a zero byte before a set top bit, and "Caldera Derived Key".
//
// A verifier lets nobody in, but whoever steals one can try passwords at two
// hashes and one exponentiation each: far cheaper than argon2id. It is to be
// sealed, and made only where SRP is asked for.
//
// Not constant time: exponentiation and products (math/big), so what they take
// tells a little of b and of the verifier to whoever shares the processor. b is
// used once, and nobody chooses the verifier's exponentiations but by fresh As.
// Comparing a signature is constant time.

// ErrSRP refuses a number that is none, or that RFC 5054 §2.5.4 does not allow.
var ErrSRP = errors.New("password: not a number of the SRP group")

// The group (RFC 3526 §4) and k = H(pad(N) | pad(g)) (RFC 5054 §2.5.3).
var (
	srpPrime, _ = new(big.Int).SetString(""+
		"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"+
		"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"+
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"+
		"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"+
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"+
		"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", 16)
	srpG = big.NewInt(2)
	srpK = hashNumber(pad(srpPrime), pad(srpG))
)

// Sizes, in bytes.
const (
	SRPSaltBytes    = 16
	srpKeyBytes     = 16
	srpSecretBytes  = 32  // b: RFC 5054 §2.5.3 asks for 256 bits
	srpNumberBytes  = 384 // of the group
	longestSRPDigit = 2*srpNumberBytes + 2
)

// SRPName says whose password it is. Group is the part of a pool's id after the
// underscore, or a device group key; User is Cognito's USER_ID_FOR_SRP, or a
// device key.
type SRPName struct{ Group, User string }

// SRPVerifier is the server's half of a password.
type SRPVerifier struct {
	Salt  []byte `json:"salt"`
	Value []byte `json:"verifier"` // g^x mod N, big-endian
}

// Verifier makes the verifier of a password. Unlike a hash it is of the very
// bytes of the password: an SRP client normalises nothing. It takes one
// exponentiation, some milliseconds.
func (n SRPName) Verifier(salt []byte, password string) SRPVerifier {
	v := new(big.Int).Exp(srpG, n.x(salt, password), srpPrime)
	return SRPVerifier{Salt: salt, Value: v.Bytes()}
}

// x is RFC 5054 §2.5.3's, with the salt taken for a number.
func (n SRPName) x(salt []byte, password string) *big.Int {
	inner := sha256.Sum256([]byte(n.Group + n.User + ":" + password))
	return hashNumber(pad(new(big.Int).SetBytes(salt)), inner[:])
}

// DecoyVerifier makes a verifier for nobody: no known password fits, and it is
// a square of the group as real ones are, so that no exchange tells them apart.
func DecoyVerifier(salt, seed []byte) SRPVerifier {
	wide, err := hkdf.Expand(sha256.New, seed, "decoy verifier", srpNumberBytes)
	if err != nil {
		panic(err) // only for a length past 255 blocks
	}
	v := new(big.Int).SetBytes(wide)
	v.Mul(v, v)
	return SRPVerifier{Salt: salt, Value: v.Mod(v, srpPrime).Bytes()}
}

// ReadVerifier takes a verifier that a client made (Cognito
// DeviceSecretVerifierConfig). ErrSRP says that it is no element of the group,
// or one whose powers are known to everybody, or that the salt is none.
func ReadVerifier(salt, value []byte) (SRPVerifier, error) {
	v := new(big.Int).SetBytes(value)
	last := new(big.Int).Sub(srpPrime, big.NewInt(1))
	if len(salt) == 0 || len(salt) > 2*SRPSaltBytes || v.Cmp(big.NewInt(1)) <= 0 || v.Cmp(last) >= 0 {
		return SRPVerifier{}, ErrSRP
	}
	return SRPVerifier{Salt: salt, Value: v.Bytes()}, nil
}

// SRPExchange is one try at SRP, on the server's side.
type SRPExchange struct {
	B   string // lowercase hex, for the client
	Key []byte // what a client that knows the password has as well
}

// SRP runs an exchange among the places for hashing, with a fresh secret: it
// takes three exponentiations. a is the client's SRP_A in hex. It answers
// ErrSRP, ErrBusy or the context's error.
func (h *Hasher) SRP(ctx context.Context, v SRPVerifier, a string) (SRPExchange, error) {
	public, err := readPublic(a)
	if err != nil {
		return SRPExchange{}, err
	}
	if err := h.enter(ctx); err != nil {
		return SRPExchange{}, err
	}
	defer func() { <-h.places }()
	secret := make([]byte, srpSecretBytes)
	rand.Read(secret)
	done := v.exchange(public, new(big.Int).SetBytes(secret))
	return SRPExchange{B: done.b.Text(16), Key: done.key()}, nil
}

// Verifier is SRPName.Verifier among the places for hashing.
func (h *Hasher) Verifier(ctx context.Context, n SRPName, salt []byte, password string) (SRPVerifier, error) {
	if err := h.enter(ctx); err != nil {
		return SRPVerifier{}, err
	}
	defer func() { <-h.places }()
	return n.Verifier(salt, password), nil
}

// readPublic reads the client's A. RFC 5054 §2.5.4: A mod N must not be zero,
// for the secret would then be zero whatever the password is. What is not below
// N no client makes.
func readPublic(a string) (*big.Int, error) {
	if a == "" || len(a) > longestSRPDigit || strings.Trim(a, "0123456789abcdefABCDEF") != "" {
		return nil, ErrSRP
	}
	n, ok := new(big.Int).SetString(a, 16)
	if !ok || n.Sign() <= 0 || n.Cmp(srpPrime) >= 0 {
		return nil, ErrSRP
	}
	return n, nil
}

// exchange is what both sides come to.
type exchange struct{ b, u, s *big.Int }

func (v SRPVerifier) exchange(a, secret *big.Int) exchange {
	value := new(big.Int).SetBytes(v.Value)
	b := new(big.Int).Exp(srpG, secret, srpPrime)
	b.Add(b, new(big.Int).Mul(srpK, value)).Mod(b, srpPrime)
	u := hashNumber(pad(a), pad(b))
	s := value.Exp(value, u, srpPrime)
	s.Mul(s, a).Mod(s, srpPrime)
	return exchange{b: b, u: u, s: s.Exp(s, secret, srpPrime)}
}

func (e exchange) key() []byte {
	key, err := hkdf.Key(sha256.New, pad(e.s), pad(e.u), "Caldera Derived Key", srpKeyBytes)
	if err != nil {
		panic(err) // only for a length past 255 blocks
	}
	return key
}

// Signature is what a client shows that has the key: PASSWORD_CLAIM_SIGNATURE.
func (n SRPName) Signature(key, block []byte, timestamp string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(n.Group + n.User))
	mac.Write(block)
	mac.Write([]byte(timestamp))
	return mac.Sum(nil)
}

// Signed says that the signature is of this key, in constant time.
func (n SRPName) Signed(key, block []byte, timestamp string, signature []byte) bool {
	return hmac.Equal(n.Signature(key, block, timestamp), signature)
}

// SRPClock is how far a client's clock may be off.
const SRPClock = 15 * time.Minute

// SRPTimely says that a TIMESTAMP is one, as "Tue Jan 2 03:04:05 UTC 2024", and
// within SRPClock of now.
func SRPTimely(timestamp string, now time.Time) bool {
	at, err := time.Parse("Mon Jan 2 15:04:05 UTC 2006", timestamp)
	return err == nil && at.Sub(now).Abs() <= SRPClock
}

func hashNumber(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// pad writes a number as the clients do: the fewest bytes, and a zero byte
// before a set top bit. Zero is one zero byte.
func pad(n *big.Int) []byte {
	text := n.Bytes()
	if len(text) == 0 || text[0] >= 0x80 {
		return append([]byte{0}, text...)
	}
	return text
}
