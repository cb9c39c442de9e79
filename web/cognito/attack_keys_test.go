package cognito

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// key makes an access key of a scope.
func (s *rig) key(scope string) (id, secret string) {
	s.Helper()
	var out CreateAccessKeyResponse
	s.calls(AdminTarget+"CreateAccessKey", CreateAccessKeyRequest{Name: "test", Scope: scope}, &out)
	return out.AccessKeyID, string(out.SecretAccessKey)
}

// signed is a request to the public listener, signed as aws-sdk-go-v2 does.
func (s *rig) signed(id, secret, target, body string) *http.Request {
	s.Helper()
	return s.signedAt(s.handler.Now(), id, secret, target, body)
}

func (s *rig) signedAt(at time.Time, id, secret, target, body string) *http.Request {
	s.Helper()
	req := httptest.NewRequest(http.MethodPost, publicURL+"/", strings.NewReader(body))
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, req, hex.EncodeToString(sum[:]), "cognito-idp", "eu-west-1", at)
	if err != nil {
		s.Fatal(err)
	}
	return req
}

func bearing(token, target, body string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, publicURL+"/", strings.NewReader(body))
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

func heard(h http.Handler, req *http.Request) (kind, body string) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Header().Get("x-amzn-ErrorType"), rec.Body.String()
}

const (
	listMine = `{"UserPoolId":"local_main"}`
	newGroup = `{"UserPoolId":"local_main","GroupName":"g"}`
)

func TestAnAccessKeyOpensTheAPI(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	if kind, body := heard(h, s.signed(id, secret, Target+"CreateGroup", newGroup)); kind != "" {
		t.Errorf("signed: %s", body)
	}
	if kind, body := heard(h, bearing(id+"."+secret, Target+"ListUsers", listMine)); kind != "" {
		t.Errorf("as bearer: %s", body)
	}
	s.told("key:" + id)
}

// told says that the audit names who acted.
func (s *rig) told(actor string) {
	s.Helper()
	found := false
	err := s.handler.Admin.Store.View(s.Context(), func(r storage.Reader) error {
		all, err := auditOf(r)
		for _, e := range all {
			found = found || e.Detail["actor"] == actor
		}
		return err
	})
	if err != nil || !found {
		s.Errorf("the audit does not name %s: %v", actor, err)
	}
}

func TestAKeyReachesAsFarAsItsScope(t *testing.T) {
	s := start(t)
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: "other_pool", Name: "Other"}}}}, nil)
	h := s.public()
	for scope, c := range map[string][]string{ // what it may: read mine, write mine, read other, write other
		"all": {"", "", "", ""}, "read-only": {"", "AccessDeniedException", "", "AccessDeniedException"},
		"local_main":           {"", "", "AccessDeniedException", "AccessDeniedException"},
		"local_main:read-only": {"", "AccessDeniedException", "AccessDeniedException", "AccessDeniedException"},
	} {
		id, secret := s.key(scope)
		name := strings.NewReplacer(":", "", "-", "").Replace(scope)
		for i, ask := range [][2]string{
			{"ListUsers", listMine}, {"CreateGroup", `{"UserPoolId":"local_main","GroupName":"` + name + `"}`},
			{"ListUsers", `{"UserPoolId":"other_pool"}`}, {"CreateGroup", `{"UserPoolId":"other_pool","GroupName":"` + name + `"}`},
		} {
			if kind, body := heard(h, s.signed(id, secret, Target+ask[0], ask[1])); kind != c[i] {
				t.Errorf("%s: %s %s answers %s", scope, ask[0], ask[1], body)
			}
		}
	}
}

func TestAttackAKeyMakesAnother(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	for name := range keyOperations {
		if kind, body := heard(h, bearing(id+"."+secret, name, `{}`)); kind != "AccessDeniedException" {
			t.Errorf("%s answers %s", name, body)
		}
	}
}

// A key that nobody has, one that is off, one that is gone and a wrong secret are
// answered alike (SG-08).
func TestAttackKeysAreGuessed(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	off, offSecret := s.key("all")
	s.calls(AdminTarget+"UpdateAccessKey", UpdateAccessKeyRequest{AccessKeyID: off, Disabled: true}, nil)
	gone, goneSecret := s.key("all")
	s.calls(AdminTarget+"DeleteAccessKey", OneAccessKey{gone}, nil)
	_, wrong := heard(h, s.signed(id, secret+"x", Target+"ListUsers", listMine))
	_, wrongBearer := heard(h, bearing(id+"."+secret+"x", Target+"ListUsers", listMine))
	if !strings.Contains(wrong, "InvalidSignatureException") || !strings.Contains(wrongBearer, "UnrecognizedClientException") {
		t.Fatalf("%s %s", wrong, wrongBearer)
	}
	for name, c := range map[string][2]string{
		"nobody's": {"PHAKAAAAAAAAAAAAAAAA", secret}, "off": {off, offSecret}, "gone": {gone, goneSecret}, "of no form": {"x", "y"},
		"of the made-up secret": {"PHAKAAAAAAAAAAAAAAAA", strings.Repeat("0", 40)},
	} {
		if _, got := heard(h, s.signed(c[0], c[1], Target+"ListUsers", listMine)); got != wrong {
			t.Errorf("%s: %s", name, got)
		}
		if _, got := heard(h, bearing(c[0]+"."+c[1], Target+"ListUsers", listMine)); got != wrongBearer {
			t.Errorf("%s as bearer: %s", name, got)
		}
	}
	for _, odd := range []string{"", ".", id, id + ".", "." + secret, id + "." + secret + "."} {
		if _, got := heard(h, bearing(odd, Target+"ListUsers", listMine)); got != wrongBearer {
			t.Errorf("%q: %s", odd, got)
		}
	}
}

func TestAttackASignedRequestIsSentAgain(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	first := s.signed(id, secret, Target+"CreateGroup", newGroup)
	again := s.signed(id, secret, Target+"CreateGroup", newGroup)
	if kind, body := heard(h, first); kind != "" {
		t.Fatal(body)
	}
	again.RemoteAddr = "198.51.100.9:1"
	if kind, body := heard(h, again); kind != "InvalidSignatureException" || !strings.Contains(body, "used before") {
		t.Errorf("sent again from elsewhere: %s", body)
	}
	now := s.handler.Now().Add(3 * time.Second)
	signedThen := s.handler.Now()
	s.handler.Now, s.handler.Admin.Core.Now = func() time.Time { return now }, func() time.Time { return now }
	if kind, body := heard(h, s.signedAt(signedThen, id, secret, Target+"CreateGroup", newGroup)); kind != "InvalidSignatureException" {
		t.Errorf("sent again later: %s", body)
	}
	if kind, body := heard(s.public(), s.signedAt(signedThen, id, secret, Target+"CreateGroup", newGroup)); kind != "InvalidSignatureException" {
		t.Errorf("sent to another node: %s", body)
	}
	for range 2 { // reading again shows what was shown
		if kind, body := heard(h, s.signed(id, secret, Target+"ListUsers", listMine)); kind != "" {
			t.Error(body)
		}
	}
	if kind, body := heard(h, s.signedAt(s.handler.Now().Add(time.Second), id, secret, Target+"CreateGroup", newGroup)); kind != "GroupExistsException" {
		t.Errorf("signed anew: %s", body)
	}
}

func TestWhatFailedAndAsksToBeRepeatedIsTakenAgain(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	const rotate = `{"UserPoolId":"local_main"}`
	keys := s.handler.Keys
	s.handler.Keys = nil // a fault: the operation panics
	if kind, body := heard(h, s.signed(id, secret, AdminTarget+"RotateKeys", rotate)); kind != "InternalErrorException" {
		t.Fatal(body)
	}
	s.handler.Keys = keys
	if kind, body := heard(h, s.signed(id, secret, AdminTarget+"RotateKeys", rotate)); kind != "" {
		t.Errorf("repeated: %s", body)
	}
}

func TestAnOldSignatureIsRefused(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	for _, offset := range []time.Duration{16 * time.Minute, -16 * time.Minute} {
		if kind, body := heard(h, s.signedAt(s.handler.Now().Add(offset), id, secret, Target+"ListUsers", listMine)); kind != "InvalidSignatureException" {
			t.Errorf("%s: %s", offset, body)
		}
	}
}

func TestWhatIsNoSignatureIsRefused(t *testing.T) {
	s := start(t)
	h := s.public()
	for header, want := range map[string]string{
		"": "MissingAuthenticationTokenException", "Basic YTpi": "IncompleteSignatureException", "AWS4-HMAC-SHA256": "IncompleteSignatureException",
		"Bearer": "UnrecognizedClientException",
	} {
		req := httptest.NewRequest(http.MethodPost, publicURL+"/", strings.NewReader("{}"))
		req.Header.Set("X-Amz-Target", Target+"ListUsers")
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		if kind, body := heard(h, req); kind != want {
			t.Errorf("%q: %s", header, body)
		}
	}
}

// A cookie counts for nothing here (SG-18).
func TestAttackACookieIsNoKey(t *testing.T) {
	s := start(t)
	req := httptest.NewRequest(http.MethodPost, publicURL+"/", strings.NewReader(listMine))
	req.Header.Set("X-Amz-Target", Target+"ListUsers")
	req.Header.Set("Cookie", "__Host-ph_session=x; ph_session=x")
	if kind, body := heard(s.public(), req); kind != "MissingAuthenticationTokenException" {
		t.Error(body)
	}
}

func TestAttackAnOperationIsNamedTwice(t *testing.T) {
	s := start(t)
	id, secret := s.key("all")
	req := bearing(id+"."+secret, Target+"ListUsers", listMine)
	req.Header.Add("X-Amz-Target", Target+"AdminDeleteUser")
	if kind, body := heard(s.public(), req); kind != "UnknownOperationException" {
		t.Error(body)
	}
}

func TestAttackKeysAreTriedWithoutEnd(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	kind := ""
	for range int(refusalsOfAddress.burst) + 1 {
		kind, _ = heard(h, bearing(id+".wrong", Target+"ListUsers", listMine))
	}
	if kind != "TooManyRequestsException" {
		t.Errorf("wrong keys without end answer %s", kind)
	}
	if kind, _ = heard(h, bearing(id+"."+secret, Target+"ListUsers", listMine)); kind != "TooManyRequestsException" {
		t.Errorf("the right one after them answers %s", kind)
	}
	req := bearing(id+"."+secret, Target+"ListUsers", listMine)
	req.RemoteAddr = "198.51.100.9:1"
	if kind, body := heard(h, req); kind != "" {
		t.Errorf("another address is held up: %s", body)
	}
}

func TestAKeyThatIsOutOfHandIsHeldUp(t *testing.T) {
	s := start(t)
	h := s.public()
	id, secret := s.key("all")
	other, otherSecret := s.key("all")
	kind := ""
	for i := 0; i <= int(requestsOfAKey.burst) && kind == ""; i++ {
		kind, _ = heard(h, bearing(id+"."+secret, Target+"ListUsers", listMine))
	}
	if kind != "TooManyRequestsException" {
		t.Errorf("requests without end answer %q", kind)
	}
	if kind, body := heard(h, bearing(other+"."+otherSecret, Target+"ListUsers", listMine)); kind != "" {
		t.Errorf("another key is held up: %s", body)
	}
}

// slow is a body of which half comes.
type slow struct{ read, more chan struct{} }

func (s slow) Read(p []byte) (int, error) {
	s.read <- struct{}{}
	<-s.more
	return 0, io.EOF
}

func TestAttackLargeInputsOfNobodyFillTheMemory(t *testing.T) {
	s := start(t)
	h := s.public()
	body := slow{make(chan struct{}), make(chan struct{})}
	large := func(from io.Reader) string {
		req := httptest.NewRequest(http.MethodPost, publicURL+"/", from)
		req.Header.Set("X-Amz-Target", AdminTarget+"ApplySettings")
		req.Header.Set("Authorization", "Bearer x.y")
		kind, _ := heard(h, req)
		return kind
	}
	ended := make(chan string)
	for range mostLarge {
		go func() { ended <- large(body) }()
		<-body.read
	}
	if kind := large(strings.NewReader("{}")); kind != "TooManyRequestsException" {
		t.Errorf("one more answers %s", kind)
	}
	close(body.more)
	for range mostLarge {
		if kind := <-ended; kind != "UnrecognizedClientException" {
			t.Errorf("one of nobody's answers %s", kind)
		}
	}
	if kind := large(strings.NewReader("{}")); kind != "UnrecognizedClientException" {
		t.Errorf("after them one answers %s", kind)
	}
}

// SDKs sign what needs no signature, too, with whatever keys they have.
func TestASignatureOnWhatIsForAllIsNotLookedAt(t *testing.T) {
	s := start(t)
	for name, one := range operations {
		if one.access.administrators() {
			continue
		}
		req := s.signed("AKIDEXAMPLE", "a-secret-of-somebody-else", name, `{}`)
		if kind, body := heard(s.public(), req); strings.Contains(kind, "Signature") || strings.Contains(kind, "UnrecognizedClient") || kind == "MissingAuthenticationTokenException" {
			t.Errorf("%s: %s", name, body)
		}
	}
}

func TestAnAddressThatIsOutOfHandIsHeldUpInCognitosShape(t *testing.T) {
	h := start(t).public()
	kind := ""
	for i := 0; i < 700 && kind != "TooManyRequestsException"; i++ {
		got := send(h, "POST", "/", Target+"Nonsense", "{}")
		kind = got.Header().Get("x-amzn-ErrorType")
		if kind == "TooManyRequestsException" && (got.Code != 400 || got.Header().Get("Retry-After") == "") {
			t.Errorf("%d %v", got.Code, got.Header())
		}
	}
	if kind != "TooManyRequestsException" {
		t.Error("an address may ask without end")
	}
}
