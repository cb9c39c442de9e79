package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/storage"
)

const annsAddress = "ann@example.test"

func startCIBA(t *testing.T) *kit {
	t.Helper()
	return cibaOn(start(t))
}

// cibaOn lets web and web2 ask for people.
func cibaOn(k *kit) *kit {
	k.Helper()
	for _, id := range []identity.ClientID{web, web2} {
		k.change(id, func(c *identity.Client) {
			c.GrantTypes = []string{identity.GrantCode, identity.GrantRefresh, identity.GrantCIBA}
		})
	}
	return k
}

func (k *kit) askFor(client identity.ClientID, pairs ...string) (BackchannelAnswer, error) {
	f := url.Values{"scope": {"openid email"}, "login_hint": {annsAddress}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return k.Backchannel(context.Background(), testPool, TokenRequest{Form: f, Auth: as(client)}, livingRoom)
}

func (k *kit) asked(pairs ...string) BackchannelAnswer {
	k.Helper()
	got, err := k.askFor(web, pairs...)
	k.must(err)
	return got
}

func (k *kit) pollCIBA(client identity.ClientID, id string) (TokenResponse, error) {
	return k.token(client, "grant_type", identity.GrantCIBA, "auth_req_id", id)
}

// approvals answers what waits for Ann.
func (k *kit) approvals(auth identity.Authentication) []Errand {
	k.Helper()
	list, err := k.Approvals(context.Background(), testPool, auth.User())
	k.must(err)
	return list
}

// outbox answers the messages of a kind.
func (k *kit) outbox(kind string) (found []message.Message) {
	k.Helper()
	s := &message.Sender{Store: k.Identity.Store, Now: k.clock}
	all, err := s.List(context.Background(), message.Waiting)
	k.must(err)
	for _, m := range all {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

func TestAskedPersonApproves(t *testing.T) {
	k := startCIBA(t)
	begun := k.asked("binding_message", "W4SCT", "acr_values", "2 1")
	if begun.ExpiresIn != 300 || begun.Interval != 5 || !strings.HasPrefix(begun.ID, cibaPrefix) {
		t.Errorf("%+v", begun)
	}
	_, err := k.pollCIBA(web, begun.ID)
	refused(t, err, AuthorizationPending)
	_, err = k.pollCIBA(web, begun.ID)
	refused(t, err, SlowDown)
	if mails := k.outbox(message.ApprovalAsked); len(mails) != 1 || mails[0].To != annsAddress || mails[0].Client != "web" {
		t.Errorf("written: %+v", mails)
	}
	auth := k.signIn(annsAddress)
	list := k.approvals(auth)
	if len(list) != 1 || list[0].Message != "W4SCT" || list[0].Client.ID != web || list[0].Address != livingRoom.String() || len(list[0].Scopes) != 2 {
		t.Fatalf("%+v", list)
	}
	k.allow(auth, list[0].ID)
	got, err := k.pollCIBA(web, begun.ID)
	k.must(err)
	if claims := claimsOf(t, got.IDToken); claims["sub"] != string(auth.User()) || claims["acr"] != "1" || got.RefreshToken == "" {
		t.Errorf("%+v with %v", got, claims)
	}
	if len(k.approvals(auth)) != 0 {
		t.Error("it still waits")
	}
}

func TestAskedPersonDenies(t *testing.T) {
	k := startCIBA(t)
	begun, auth := k.asked(), k.signIn(annsAddress)
	k.must(k.Deny(context.Background(), auth, testPool, k.approvals(auth)[0].ID))
	_, err := k.pollCIBA(web, begun.ID)
	refused(t, err, AccessDenied)
	begun = k.asked("requested_expiry", "60")
	k.wait(time.Minute)
	_, err = k.pollCIBA(web, begun.ID)
	refused(t, err, ExpiredToken)
}

func TestAskingByIDToken(t *testing.T) {
	k := startCIBA(t)
	hint := k.tokens(web).IDToken
	k.wait(48 * time.Hour)
	k.asked("login_hint", "", "id_token_hint", hint)
	_, err := k.askFor(web2, "login_hint", "", "id_token_hint", hint)
	refused(t, err, InvalidRequest)
	k.change(web, func(c *identity.Client) { c.SubjectType, c.CallbackURLs = "pairwise", []string{callback} })
	hint = k.tokens(web).IDToken
	k.asked("login_hint", "", "id_token_hint", hint)
	if n := len(k.approvals(k.signIn(annsAddress))); n != 2 {
		t.Errorf("%d wait", n)
	}
}

func TestAskingForms(t *testing.T) {
	k := startCIBA(t)
	for _, c := range []struct {
		code  string
		pairs []string
	}{
		{InvalidScope, []string{"scope", "email"}}, {InvalidScope, []string{"scope", ""}}, {InvalidScope, []string{"scope", "openid api/unknown"}},
		{InvalidRequest, []string{"login_hint", ""}}, {InvalidRequest, []string{"id_token_hint", "x"}}, {InvalidRequest, []string{"login_hint", "", "id_token_hint", "x"}},
		{InvalidRequest, []string{"login_hint", "", "login_hint_token", "x"}}, {InvalidRequest, []string{"login_hint", strings.Repeat("a", 2000)}},
		{InvalidRequest, []string{"requested_expiry", "0"}}, {InvalidRequest, []string{"requested_expiry", "-5"}}, {InvalidRequest, []string{"request", "x"}},
		{InvalidBindingMessage, []string{"binding_message", strings.Repeat("a", 129)}}, {InvalidBindingMessage, []string{"binding_message", "a\nb"}},
		{UnknownUserID, []string{"login_hint", "nobody@example.test"}}, {InvalidTarget, []string{"resource", "https://unknown.example.test"}},
	} {
		_, err := k.askFor(web, c.pairs...)
		refused(t, err, c.code)
	}
	_, err := k.askFor(machine)
	refused(t, err, UnauthorizedClient)
	k.must(k.admin().Disable(context.Background(), testPool, annsAddress))
	_, err = k.askFor(web)
	refused(t, err, UnknownUserID)
}

func TestPingTellsTheClientOfTheAnswer(t *testing.T) {
	k := startCIBA(t)
	k.change(web, func(c *identity.Client) {
		c.CIBADelivery, c.CIBANotification = cibaPing, "https://app.example.test/ciba"
	})
	_, err := k.askFor(web)
	refused(t, err, InvalidRequest)
	begun := k.asked("client_notification_token", "8d67dc78-7faa-4d41-aabd-67707b374255")
	auth := k.signIn(annsAddress)
	k.allow(auth, k.approvals(auth)[0].ID)
	pings := k.outbox(message.CIBAPing)
	if len(pings) != 1 {
		t.Fatalf("%d pings", len(pings))
	}
	content, err := Calls{k.Provider}.Compose(context.Background(), pings[0], map[string]string{"id": begun.ID, "token": "t"})
	k.must(err)
	if content.To != "https://app.example.test/ciba" || content.Header["Authorization"] != "Bearer t" || content.Text != `{"auth_req_id":"`+begun.ID+`"}` {
		t.Errorf("%+v", content)
	}
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		e, err := errands.Get(r, hashOf(begun.ID))
		raw, _ := json.Marshal(e)
		if strings.Contains(string(raw), begun.ID) || strings.Contains(string(raw), "8d67dc78") {
			t.Errorf("the store holds %s", raw)
		}
		return err
	}))
	_, err = k.pollCIBA(web, begun.ID)
	k.must(err)
}

func TestSignedAsking(t *testing.T) {
	k := startCIBA(t)
	key := oauthtest.NewKey(t, "ES256")
	k.change(web, func(c *identity.Client) {
		c.CIBASigningAlg, c.JWKS = "ES256", &identity.JWKSet{}
		k.must(json.Unmarshal(oauthtest.Set(t, key), c.JWKS))
	})
	claims := func(changes ...any) map[string]any {
		all := map[string]any{
			"iss": "web", "aud": k.Issuer(testPool), "exp": k.clock().Add(5 * time.Minute).Unix(), "iat": k.clock().Unix(), "nbf": k.clock().Unix(),
			"jti": randomText(8), "scope": "openid", "login_hint": annsAddress, "requested_expiry": 120,
		}
		for i := 0; i < len(changes); i += 2 {
			all[changes[i].(string)] = changes[i+1]
			if changes[i+1] == nil {
				delete(all, changes[i].(string))
			}
		}
		return all
	}
	send := func(object string, more ...string) (BackchannelAnswer, error) {
		return k.askFor(web, append([]string{"scope", "", "login_hint", "", "request", object}, more...)...)
	}
	object := key.Sign(t, nil, claims())
	got, err := send(object)
	k.must(err)
	if got.ExpiresIn != 120 {
		t.Errorf("%+v", got)
	}
	_, err = send(object)
	refused(t, err, InvalidRequest) // once
	for _, name := range []string{"iss", "aud", "exp", "iat", "nbf", "jti"} {
		_, err := send(key.Sign(t, nil, claims(name, nil)))
		refused(t, err, InvalidRequest)
	}
	for name, wrong := range map[string]any{"iss": "web2", "aud": "https://other.example.test", "sub": "web", "exp": k.clock().Add(2 * time.Hour).Unix(), "nbf": k.clock().Add(time.Hour).Unix()} {
		_, err := send(key.Sign(t, nil, claims(name, wrong)))
		refused(t, err, InvalidRequest)
	}
	_, err = send(key.Sign(t, nil, claims("nbf", k.clock().Add(-70*time.Minute).Unix())))
	refused(t, err, InvalidRequest)
	_, err = send(key.Sign(t, map[string]any{"typ": "dpop+jwt"}, claims()))
	refused(t, err, InvalidRequest)
	_, err = send(key.Sign(t, map[string]any{"typ": "oauth-authz-req+jwt"}, claims()))
	k.must(err)
	_, err = send(oauthtest.NewKey(t, "ES256").Sign(t, nil, claims()))
	refused(t, err, InvalidRequest)
	_, err = send(key.Sign(t, nil, claims()), "scope", "openid")
	refused(t, err, InvalidRequest)
	_, err = k.askFor(web)
	refused(t, err, InvalidRequest) // it is registered to sign
}

func TestCIBARace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := cibaOn(startOn(t, open(t)))
			begun, auth := k.asked(), k.signIn(annsAddress)
			k.allow(auth, k.approvals(auth)[0].ID)
			won, lost := race(func() (TokenResponse, error) { return k.pollCIBA(web, begun.ID) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
		})
	}
}

func TestDiscoveryNamesTheBackchannel(t *testing.T) {
	k := start(t)
	got, err := k.Discovery(context.Background(), testPool)
	k.must(err)
	if got["backchannel_authentication_endpoint"] != nil {
		t.Error("no client may use it")
	}
	got, err = cibaOn(k).Discovery(context.Background(), testPool)
	k.must(err)
	if got["backchannel_authentication_endpoint"] != k.Issuer(testPool)+"/oauth2/bc-authorize" || !reflect.DeepEqual(got["backchannel_token_delivery_modes_supported"], []string{"poll", "ping"}) {
		t.Errorf("%v", got["backchannel_authentication_endpoint"])
	}
}
