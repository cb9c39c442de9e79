package cognito

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/keys"
)

// What apps call has its rig here: a pool at two addresses, its apps and their
// people, on a clock that moves when told to.
const (
	ann      = "ann@example.test"
	annWord  = "Plum-orchard-7-lantern"
	nextWord = "Quince-harbour-9-thimble"
	mobile   = identity.ClientID("mobile") // public
	backend  = identity.ClientID("backend")
	secret   = "secret-of-backend-0123456789abcdef"
)

type apps struct {
	*rig
	now  time.Time
	from Caller
}

// withApps has a pool with every flow, changed as a test wants it.
func withApps(t *testing.T, changes ...func(*identity.Pool)) *apps {
	t.Helper()
	a := &apps{rig: start(t), now: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}
	a.from.Origin = identity.Origin{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "app/1"}
	core, clock := a.handler.Admin.Core, func() time.Time { // messages have an order
		a.now = a.now.Add(time.Microsecond)
		return a.now
	}
	core.Now, a.handler.Now, core.PublicURL = clock, clock, publicURL
	a.handler.OAuth = &oauth.Provider{
		Identity: core, Keys: &keys.Ring{Store: core.Store, Sealer: core.Sealer, Now: clock}, Now: clock,
		Issuer: func(p identity.PoolID) string { return publicURL + "/" + string(p) },
	}
	core.SessionEnded, core.SignedOut = a.handler.OAuth.EndSession, a.handler.OAuth.EndPerson
	a.pool(func(p *identity.Pool) {
		p.AutoVerifiedAttributes = []string{"email"}
		p.Policies.SignInPolicy.AllowedFirstAuthFactors = []identity.Factor{"PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}
	})
	for _, change := range changes {
		a.pool(change)
	}
	for _, id := range []identity.ClientID{mobile, backend} {
		c := identity.Client{PoolID: pool, ID: id, Name: string(id), ExplicitAuthFlows: []string{
			identity.FlowSRP, identity.FlowPassword, identity.FlowAdmin, identity.FlowChoice, identity.FlowRefresh, identity.FlowCustom,
		}}
		if id == backend {
			c = a.must(a.handler.Settings.WithSecret(c, secret))
		}
		a.must(a.handler.Settings.PutClient(t.Context(), c))
	}
	return a
}

func (a *apps) must(c identity.Client, err error) identity.Client {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
	return c
}

func (a *apps) pool(change func(*identity.Pool)) {
	a.Helper()
	p, err := a.handler.Settings.Pool(context.Background(), pool)
	if err == nil {
		change(&p)
		_, err = a.handler.Settings.PutPool(context.Background(), p)
	}
	if err != nil {
		a.Fatal(err)
	}
}

func (a *apps) client(id identity.ClientID, change func(*identity.Client)) {
	a.Helper()
	c := a.must(a.handler.Settings.Client(context.Background(), pool, id))
	change(&c)
	a.must(a.handler.Settings.PutClient(context.Background(), c))
}

// asks sends an input and answers status and body.
func (a *apps) asks(operation string, in any) (int, []byte) {
	a.Helper()
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(encode(a.T, in)))
	req.Header.Set("X-Amz-Target", Target+operation)
	rec := httptest.NewRecorder()
	a.handler.ServeHTTP(rec, req.WithContext(WithCaller(req.Context(), a.from)))
	return rec.Code, rec.Body.Bytes()
}

// m is an input or an output.
type m = map[string]any

// ok answers the output of an operation that must succeed.
func (a *apps) ok(operation string, in m) m {
	a.Helper()
	status, body := a.asks(operation, in)
	var out m
	if err := json.Unmarshal(body, &out); err != nil || status != http.StatusOK {
		a.Fatalf("%s answers %d %s", operation, status, body)
	}
	return out
}

// fails holds an operation against the exception that it must answer.
func (a *apps) fails(operation string, in m, exception, message string) {
	a.Helper()
	status, body := a.asks(operation, in)
	var e Exception
	if json.Unmarshal(body, &e) != nil || status != http.StatusBadRequest || e.Type != exception || !strings.Contains(e.Message, message) {
		a.Fatalf("%s answers %d %s, want %s with %q", operation, status, body, exception, message)
	}
}

// text reads a member, by a path of names.
func text(out m, path ...string) string {
	var at any = out
	for _, name := range path {
		inner, _ := at.(map[string]any)
		at = inner[name]
	}
	s, _ := at.(string)
	return s
}

func (a *apps) wait(d time.Duration) { a.now = a.now.Add(d) }

// mailed answers a secret of the newest message to an address.
func (a *apps) mailed(to, name string) string {
	a.Helper()
	core := a.handler.Admin.Core
	all, err := (&message.Sender{Store: core.Store}).List(context.Background(), message.Waiting)
	if err != nil {
		a.Fatal(err)
	}
	for _, one := range all {
		if one.To != to || len(one.Secret) == 0 {
			continue
		}
		plain, err := core.Sealer.Open(one.Secret, "message", one.ID)
		var secrets map[string]string
		if err == nil {
			err = json.Unmarshal(plain, &secrets)
		}
		if err != nil {
			a.Fatal(err)
		}
		if secrets[name] != "" {
			return secrets[name]
		}
	}
	a.Fatalf("no %s was sent to %s", name, to)
	return ""
}

// ann is confirmed, with a verified address.
func (a *apps) ann() {
	a.Helper()
	a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": annWord, "UserAttributes": []m{{"Name": "email", "Value": ann}}})
	a.ok("ConfirmSignUp", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code")})
}

// byPassword is InitiateAuth with a password.
func byPassword(client identity.ClientID, name, word string) m {
	return m{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": m{"USERNAME": name, "PASSWORD": word}}
}

// in signs ann in, and answers her access and refresh token.
func (a *apps) in() (access, refresh string) {
	a.Helper()
	out := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	return text(out, "AuthenticationResult", "AccessToken"), text(out, "AuthenticationResult", "RefreshToken")
}

// answer is RespondToAuthChallenge to what an output asks.
func answer(out m, responses m) m {
	responses["USERNAME"] = text(out, "ChallengeParameters", "USERNAME")
	return m{"ClientId": mobile, "ChallengeName": out["ChallengeName"], "Session": out["Session"], "ChallengeResponses": responses}
}

// challenged holds an output against the challenge that it must ask.
func (a *apps) challenged(out m, name string) m {
	a.Helper()
	if out["ChallengeName"] != name || len(text(out, "Session")) < 20 {
		a.Fatalf("got %v, want %s", out, name)
	}
	return out
}

func (a *apps) signedIn(out m) m {
	a.Helper()
	if text(out, "AuthenticationResult", "AccessToken") == "" || text(out, "AuthenticationResult", "IdToken") == "" || text(out, "Session") != "" {
		a.Fatalf("got %v, want tokens", out)
	}
	return out
}

// hash is a SECRET_HASH of backend's.
func hash(name string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(name + string(backend)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// appCode is what an authenticator app shows now.
func (a *apps) appCode(secret string) string {
	a.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(raw) < 16 {
		a.Fatalf("%q is no secret", secret)
	}
	return otp.CodeAt(raw, a.now)
}

// enrol gives ann an authenticator app, and answers its secret.
func (a *apps) enrol(access string) string {
	a.Helper()
	secret := text(a.ok("AssociateSoftwareToken", m{"AccessToken": access}), "SecretCode")
	if got := a.ok("VerifySoftwareToken", m{"AccessToken": access, "UserCode": a.appCode(secret)}); got["Status"] != "SUCCESS" {
		a.Fatalf("got %v", got)
	}
	a.wait(time.Minute)
	return secret
}

// The client's half of SRP (reference §3.6), as Cognito's clients have it.
var (
	srpN, _ = new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"+
		"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"+
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"+
		"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"+
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"+
		"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", 16)
	srpG      = big.NewInt(2)
	srpSecret = new(big.Int).SetBytes([]byte("a secret of thirty-two bytes or so"))
	srpPublic = new(big.Int).Exp(srpG, srpSecret, srpN)
)

func padded(n *big.Int) []byte {
	digits := n.Text(16)
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	if digits[0] >= '8' {
		digits = "00" + digits
	}
	out, _ := hex.DecodeString(digits)
	return out
}

func hashed(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

func number(digits string) *big.Int {
	n, _ := new(big.Int).SetString(digits, 16)
	return n
}

// srpX is the exponent of a password.
func srpX(salt *big.Int, group, user, word string) *big.Int {
	inner := sha256.Sum256([]byte(group + user + ":" + word))
	return hashed(padded(salt), inner[:])
}

// proof is what the client answers to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
func (a *apps) proof(out m, group, user, word string) m {
	a.Helper()
	b, x := number(text(out, "ChallengeParameters", "SRP_B")), srpX(number(text(out, "ChallengeParameters", "SALT")), group, user, word)
	u := hashed(padded(srpPublic), padded(b))
	base := new(big.Int).Mul(hashed(padded(srpN), padded(srpG)), new(big.Int).Exp(srpG, x, srpN))
	base.Sub(b, base).Mod(base, srpN)
	base.Exp(base, new(big.Int).Add(srpSecret, new(big.Int).Mul(u, x)), srpN)
	key, err := hkdf.Key(sha256.New, padded(base), padded(u), "Caldera Derived Key", 16)
	if err != nil {
		a.Fatal(err)
	}
	block, at := text(out, "ChallengeParameters", "SECRET_BLOCK"), a.now.Format("Mon Jan 2 15:04:05 UTC 2006")
	raw, _ := base64.StdEncoding.DecodeString(block)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(group + user + string(raw) + at))
	return m{"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(mac.Sum(nil)), "PASSWORD_CLAIM_SECRET_BLOCK": block, "TIMESTAMP": at}
}
