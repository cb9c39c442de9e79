package identity

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// upstream is a house whose provider Elsewhere fills two attributes with its tokens.
func upstream(t *testing.T, settings ...func(*Pool)) *kit {
	k := joins(t, append([]func(*Pool){func(p *Pool) {
		p.Schema = []Attribute{{Name: "custom:access"}, {Name: "custom:refresh"}, {Name: "custom:id"}, {Name: "custom:team"}}
	}}, settings...)...)
	k.fills("Elsewhere", map[string]string{"custom:access": "access_token", "custom:refresh": "refresh_token"})
	k.reads("email", "custom:access", "custom:refresh", "custom:id")
	return k
}

func (k *kit) fills(provider string, mapping map[string]string) {
	k.Helper()
	k.alters(provider, func(p *IdentityProvider) { p.Mapping = mapping })
}

func (k *kit) alters(provider string, change func(*IdentityProvider)) {
	k.Helper()
	p := k.provider(provider)
	change(&p)
	_, err := k.settings().PutProvider(k.Context(), p)
	k.ok(err)
}

func (k *kit) reads(names ...string) { k.client(func(c *Client) { c.ReadAttributes = names }) }

// brings comes back from a provider with tokens, and must be in.
func (k *kit) brings(provider, subject string, tokens ProviderTokens) Authentication {
	k.Helper()
	step, err := k.signIn().Federated(k.Context(), Federated{
		Pool: testPool, Client: testClient, Channel: testChannel, Origin: k.origin(7),
		External: External{Provider: provider, Subject: subject, Attributes: map[string]string{}, Tokens: tokens},
	})
	k.ok(err)
	if step.Done == nil {
		k.Fatalf("asked %+v, want to be in", step.Challenge)
	}
	return step.Done.Auth
}

// seen answers what the client reads of the person, as provider=… was come by.
func (k *kit) seen(user UserID, provider string) map[string]string {
	k.Helper()
	u, err := k.admin().User(k.Context(), testPool, string(user))
	k.ok(err)
	var c Client
	k.update(func(w storage.Writer) (err error) {
		c, err = clients.Get(w, string(testPool), string(testClient))
		return err
	})
	got, err := (&Identities{k.core}).Readable(k.Context(), &u, &c, provider)
	k.ok(err)
	return got
}

func (k *kit) sees(user UserID, want ...string) {
	k.Helper()
	got := k.seen(user, "Elsewhere")
	for i, name := range []string{"custom:access", "custom:refresh"} {
		if got[name] != want[i] {
			k.Errorf("%s is %q, want %q", name, got[name], want[i])
		}
	}
}

func (k *kit) identity(provider, subject string) Identity {
	k.Helper()
	var one Identity
	k.update(func(w storage.Writer) (err error) {
		one, err = identities.Get(w, string(testPool), provider, subject)
		return err
	})
	return one
}

var someTokens = ProviderTokens{Access: "access-4711", Refresh: "refresh-4711", ID: "id-4711"}

func TestTokensFillAttributesAndAreNone(t *testing.T) {
	k := upstream(t)
	auth := k.brings("Elsewhere", "s-1", someTokens)
	if auth.Provider() != "Elsewhere" {
		t.Errorf("came by %q", auth.Provider())
	}
	k.sees(auth.User(), "access-4711", "refresh-4711")
	u, err := k.admin().User(t.Context(), testPool, string(auth.User()))
	k.ok(err)
	if text := fmt.Sprint(u); strings.Contains(text, "4711") {
		t.Errorf("the user has the tokens: %s", text)
	}
	one := k.identity("Elsewhere", "s-1")
	kept, err := k.core.tokensOf(&one)
	k.ok(err)
	if want := (ProviderTokens{Access: "access-4711", Refresh: "refresh-4711"}); kept != want || strings.Contains(string(one.Tokens), "4711") {
		t.Errorf("kept %v, sealed %q", kept.names(), one.Tokens)
	}
}

func TestOnlyAClientThatNamesTheAttributeReadsATokensText(t *testing.T) {
	k := upstream(t)
	auth := k.brings("Elsewhere", "s-1", someTokens)
	k.reads()
	k.sees(auth.User(), "", "")
	k.reads("email", "custom:refresh")
	k.sees(auth.User(), "", "refresh-4711")
	k.reads("email")
	k.sees(auth.User(), "", "")
}

func TestWhatIsKnownToHaveExpiredIsLeftOut(t *testing.T) {
	k := upstream(t)
	k.fills("Elsewhere", map[string]string{"custom:access": "access_token", "custom:refresh": "refresh_token", "custom:id": "id_token"})
	exp := k.clock().Add(2 * time.Hour).Unix()
	id := "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, exp)) + ".sig"
	auth := k.brings("Elsewhere", "s-1", ProviderTokens{Access: "a", Refresh: "r", ID: id, Expires: k.clock().Add(time.Hour)})
	for _, want := range [][]string{{"a", "r", id}, {"", "r", id}, {"", "r", ""}} {
		k.sees(auth.User(), want[0], want[1])
		if got := k.seen(auth.User(), "")["custom:id"]; got != want[2] {
			t.Errorf("id_token %q, want %q", got, want[2])
		}
		k.wait(time.Hour)
	}
	if !expiryOf("opaque").IsZero() || !expiryOf("a.b.c").IsZero() || !expiryOf("e30.e30.x").IsZero() {
		t.Error("a token that is no JWT has an end")
	}
}

func TestTokensAreKeptFromTheLastSignIn(t *testing.T) {
	k := upstream(t)
	auth := k.brings("Elsewhere", "s-1", someTokens)
	k.brings("Elsewhere", "s-1", ProviderTokens{Access: "access-2"}) // Google gives a refresh token once
	k.sees(auth.User(), "access-2", "refresh-4711")
	k.brings("Elsewhere", "s-1", ProviderTokens{Access: "access-3", Refresh: "refresh-3"})
	k.sees(auth.User(), "access-3", "refresh-3")
	k.fills("Elsewhere", nil)
	k.brings("Elsewhere", "s-1", someTokens)
	if one := k.identity("Elsewhere", "s-1"); len(one.Tokens) > 0 {
		t.Error("tokens that nothing asks for any more are still kept")
	}
	k.alters("Elsewhere", func(p *IdentityProvider) { p.StoreTokens = true })
	k.brings("Elsewhere", "s-1", someTokens)
	one := k.identity("Elsewhere", "s-1")
	if kept, err := k.core.tokensOf(&one); err != nil || kept != someTokens {
		t.Errorf("store_tokens keeps %v, %v", kept.names(), err)
	}
	k.sees(auth.User(), "", "")
}

func TestTheProviderOfTheSessionGoesFirst(t *testing.T) {
	k := upstream(t)
	k.fills("Google", map[string]string{"custom:access": "access_token"})
	auth := k.brings("Elsewhere", "s-1", someTokens)
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g", Tokens: ProviderTokens{Access: "google-1"}}, k.origin(7)))
	for by, want := range map[string]string{"Elsewhere": "access-4711", "Google": "google-1", "": "google-1"} {
		got := k.seen(auth.User(), by)
		if got["custom:access"] != want || got["custom:refresh"] != "refresh-4711" {
			t.Errorf("by %q: %v", by, got)
		}
	}
	k.alters("Google", func(p *IdentityProvider) { p.Disabled = true })
	if got := k.seen(auth.User(), "Google")["custom:access"]; got != "access-4711" {
		t.Errorf("of a provider that is switched off: %q", got)
	}
}

func TestTheAuditSaysWhenTokensAreFirstKept(t *testing.T) {
	k := upstream(t)
	k.brings("Elsewhere", "s-1", ProviderTokens{Refresh: strings.Repeat("x", maxAttributeValue)})
	k.brings("Elsewhere", "s-1", someTokens)
	events := k.did("keep_provider_tokens")
	if len(events) != 1 || events[0].Detail["provider"] != "Elsewhere" || events[0].Detail["kept"] != "refresh_token" || events[0].User == "" {
		t.Fatalf("%+v", events)
	}
	auth := k.brings("Elsewhere", "s-1", ProviderTokens{Access: strings.Repeat("x", maxAttributeValue+1)})
	events = k.did("keep_provider_tokens")
	if len(events) != 2 || !slices.ContainsFunc(events, func(e audit.Event) bool { return e.Detail["left_out"] == "custom:access" }) {
		t.Errorf("%+v", events)
	}
	k.sees(auth.User(), "", "refresh-4711")
}

func (k *kit) did(action string) []audit.Event {
	k.Helper()
	var all []audit.Event
	k.update(func(w storage.Writer) (err error) {
		all, err = audit.List(w, audit.Filter{Pool: string(testPool), Limit: 500})
		return err
	})
	return slices.DeleteFunc(all, func(e audit.Event) bool { return e.Action != action })
}

func TestAttackATokenOfOnesOwnMaking(t *testing.T) {
	k := upstream(t)
	auth := k.brings("Elsewhere", "s-1", ProviderTokens{})
	u, err := k.admin().User(t.Context(), testPool, string(auth.User()))
	k.ok(err)
	k.change(u, func(u *User) { u.Attributes = map[string]string{"custom:access": "forged", "custom:team": "staff"} })
	k.sees(auth.User(), "", "")
	k.reads()
	if got := k.seen(auth.User(), ""); got["custom:access"] != "" || got["custom:team"] != "staff" {
		t.Errorf("%v", got)
	}
}

func TestAttackTokensOfSomebodyElse(t *testing.T) {
	k := upstream(t)
	ann := k.brings("Elsewhere", "ann", someTokens)
	mal := k.brings("Elsewhere", "mal", ProviderTokens{Access: "mal-1"})
	k.sees(ann.User(), "access-4711", "refresh-4711")
	k.sees(mal.User(), "mal-1", "")
	stolen := k.identity("Elsewhere", "ann").Tokens // moved within the store
	k.update(func(w storage.Writer) error {
		one, err := identities.Get(w, string(testPool), "Elsewhere", "mal")
		one.Tokens = stolen
		k.ok(identities.Put(w, one))
		return err
	})
	one := k.identity("Elsewhere", "mal")
	if got, err := k.core.tokensOf(&one); err == nil {
		t.Errorf("opened as %v", got.names())
	}
}

func TestAttackTokensAfterTheIdentityLeft(t *testing.T) {
	k := upstream(t)
	auth := k.brings("Google", "g", ProviderTokens{})
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Elsewhere", Subject: "s-1", Tokens: someTokens}, k.origin(7)))
	k.sees(auth.User(), "access-4711", "refresh-4711")
	k.ok((&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "s-1", k.origin(7)))
	k.sees(auth.User(), "", "")
	again := k.brings("Elsewhere", "s-1", ProviderTokens{})
	if again.User() == auth.User() {
		t.Fatal("the identity is still joined")
	}
	k.sees(again.User(), "", "")
}

func TestAttackTokensAfterTheProviderLeft(t *testing.T) {
	k := upstream(t)
	k.alters("Elsewhere", func(p *IdentityProvider) { p.StoreTokens = true })
	auth := k.brings("Elsewhere", "s-1", someTokens)
	for i := range forgottenAtOnce {
		k.update(func(w storage.Writer) error {
			return identities.Insert(w, Identity{PoolID: testPool, Provider: "Elsewhere", Subject: fmt.Sprint("a-", i), UserID: "other"})
		})
	}
	kept := k.identity("Elsewhere", "s-1")
	p := k.provider("Elsewhere")
	k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Elsewhere"))
	if one := k.identity("Elsewhere", "s-1"); len(one.Tokens) > 0 {
		t.Error("the tokens are still kept")
	}
	k.sees(auth.User(), "", "")
	// A crash before the tokens were gone, and another provider of that name.
	k.update(func(w storage.Writer) error { return identities.Put(w, kept) })
	k.ok(k.provides(IdentityProvider{Name: "Elsewhere", Type: "OIDC", Mapping: p.Mapping}))
	k.sees(auth.User(), "", "")
}

func TestTokensGoToAttributesOfThePoolsOwn(t *testing.T) {
	pool := &Pool{Schema: []Attribute{{Name: "custom:token"}, {Name: "count", DataType: "Number"}}}
	for want, p := range map[string]IdentityProvider{
		"":                                      {Type: "OIDC", Mapping: map[string]string{"custom:token": "id_token", "email": "email"}},
		"email cannot hold a token":             {Type: "OIDC", Mapping: map[string]string{"email": "access_token"}},
		"username cannot hold a token":          {Type: "OIDC", Mapping: map[string]string{"username": "id_token"}},
		"email_verified cannot hold a token":    {Type: "OIDC", Mapping: map[string]string{"email_verified": "refresh_token"}},
		"custom:count cannot hold a token":      {Type: "OIDC", Mapping: map[string]string{"custom:count": "access_token"}},
		"custom:token has no token to hold":     {Type: "SAML", Mapping: map[string]string{"custom:token": "access_token"}},
		"custom:other is no attribute of the p": {Type: "OIDC", Mapping: map[string]string{"custom:other": "access_token"}},
	} {
		p.Name = "Up"
		err := ValidateProvider(pool, &p)
		if want == "" && err == nil {
			continue
		}
		field, text, _ := strings.Cut(want, " ")
		if err == nil || !strings.Contains(err.Error(), "attribute_mapping."+field) || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestAttackTokensInALog(t *testing.T) {
	for _, text := range []string{fmt.Sprint(someTokens), fmt.Sprintf("%#v %+v", someTokens, External{Tokens: someTokens}), someTokens.LogValue().String()} {
		if strings.Contains(text, "4711") {
			t.Error(text)
		}
	}
}
