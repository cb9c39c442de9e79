package identity

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"testing"
	"time"
)

// The client's half of SRP, as Cognito's clients have it and apart from package
// password.
var srpN = func() *big.Int {
	n, _ := new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"+
		"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"+
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"+
		"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"+
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"+
		"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", 16)
	return n
}()

func padded(n *big.Int) []byte {
	text := n.Text(16)
	if len(text)%2 == 1 {
		text = "0" + text
	}
	if text[0] >= '8' {
		text = "00" + text
	}
	out, _ := hex.DecodeString(text)
	return out
}

func hashed(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

func hexNumber(t testing.TB, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return n
}

// srpSecret is the client's a; its A is srpPublic.
var srpSecret, srpPublic = func() (*big.Int, string) {
	a := new(big.Int).SetBytes([]byte("a secret of thirty-two bytes or so"))
	return a, new(big.Int).Exp(big.NewInt(2), a, srpN).Text(16)
}()

// srpProof answers what a client shows for a password: the signature.
func srpProof(t testing.TB, group, user, word, salt, b, block string, at time.Time) SRPAnswer {
	t.Helper()
	two, bb := big.NewInt(2), hexNumber(t, b)
	inner := sha256.Sum256([]byte(group + user + ":" + word))
	x := hashed(padded(hexNumber(t, salt)), inner[:])
	k := hashed(padded(srpN), padded(two))
	u := hashed(padded(hexNumber(t, srpPublic)), padded(bb))
	base := new(big.Int).Mul(k, new(big.Int).Exp(two, x, srpN))
	base.Sub(bb, base).Mod(base, srpN)
	s := base.Exp(base, new(big.Int).Add(srpSecret, new(big.Int).Mul(u, x)), srpN)
	key, err := hkdf.Key(sha256.New, padded(s), padded(u), "Caldera Derived Key", 16)
	if err != nil {
		t.Fatal(err)
	}
	stamp := at.UTC().Format("Mon Jan 2 15:04:05 UTC 2006")
	raw, _ := base64.StdEncoding.DecodeString(block)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(group + user + string(raw) + stamp))
	return SRPAnswer{Signature: base64.StdEncoding.EncodeToString(mac.Sum(nil)), SecretBlock: block, Timestamp: stamp}
}

func allowSRP(c *Client) { c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"} }

// beginSRP goes as far as the server's half.
func (k *kit) beginSRP(name string, o Origin) (Step, SRPChallenge) {
	k.Helper()
	step, err := k.signIn().Begin(context.Background(), Start{
		Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Prefer: FactorPassword, Origin: o,
	})
	if err != nil {
		k.Fatal(err)
	}
	step, offer, err := k.offer(step, step.Turn, o)
	if err != nil {
		k.Fatal(err)
	}
	return step, offer
}

func (k *kit) offer(step Step, turn int, o Origin) (Step, SRPChallenge, error) {
	offer, err := k.signIn().OfferSRP(context.Background(), SRPStart{Attempt: step.Attempt, Channel: testChannel, Turn: turn, A: srpPublic, Origin: o})
	return step, offer, err
}

func (k *kit) prove(offer SRPChallenge, word string) SRPAnswer {
	k.Helper()
	return srpProof(k, "test", offer.UserIDForSRP, word, offer.Salt, offer.B, offer.SecretBlock, k.clock())
}

// bySRP signs in without showing the password.
func (k *kit) bySRP(name, word string, o Origin) (Step, error) {
	k.Helper()
	step, offer := k.beginSRP(name, o)
	return k.answerTurn(step, offer.Turn, k.prove(offer, word), o)
}

func (k *kit) answerTurn(step Step, turn int, a Answer, o Origin) (Step, error) {
	return k.signIn().Respond(context.Background(), Reply{Attempt: step.Attempt, Channel: testChannel, Turn: turn, Answer: a, Origin: o})
}
