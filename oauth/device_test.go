package oauth

import (
	"context"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

const devicePage = "https://login.example.test/device"

var livingRoom = netip.MustParseAddr("192.0.2.40")

// startDevices is a kit whose web, web2 and spa are devices as well.
func startDevices(t *testing.T) *kit {
	t.Helper()
	return devicesOn(start(t))
}

func devicesOn(k *kit) *kit {
	k.Helper()
	for _, id := range []identity.ClientID{web, web2, spa} {
		k.change(id, func(c *identity.Client) {
			c.GrantTypes = []string{identity.GrantCode, identity.GrantRefresh, identity.GrantDevice}
		})
	}
	return k
}

func (k *kit) device(client identity.ClientID, pairs ...string) (DeviceAuthorization, error) {
	f := url.Values{"scope": {"openid email"}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return k.AuthorizeDevice(context.Background(), testPool, TokenRequest{Form: f, Auth: as(client)}, devicePage, livingRoom)
}

func (k *kit) begunDevice(client identity.ClientID) DeviceAuthorization {
	k.Helper()
	got, err := k.device(client)
	k.must(err)
	return got
}

func (k *kit) poll(client identity.ClientID, device string) (TokenResponse, error) {
	return k.token(client, "grant_type", identity.GrantDevice, "device_code", device)
}

func (k *kit) typed(code string) Errand {
	k.Helper()
	found, err := k.DeviceErrand(context.Background(), testPool, code, netip.MustParseAddr("192.0.2.1"))
	k.must(err)
	return found
}

func (k *kit) allow(auth identity.Authentication, id string) {
	k.Helper()
	if reason, err := k.Allow(context.Background(), auth, testPool, id); err != nil || reason != "" {
		k.Fatalf("not allowed: %q, %v", reason, err)
	}
}

func TestDeviceIsGivenTokensOnceItsPersonAllows(t *testing.T) {
	k := startDevices(t)
	for _, client := range []identity.ClientID{web, spa} {
		begun := k.begunDevice(client)
		if begun.ExpiresIn != 600 || begun.Interval != 5 || begun.PageAndCode != devicePage+"?user_code="+begun.UserCode {
			t.Errorf("%+v", begun)
		}
		_, err := k.poll(client, begun.DeviceCode)
		refused(t, err, AuthorizationPending)
		shown := k.typed(strings.ToLower(begun.UserCode[:4] + " " + begun.UserCode[5:]))
		if shown.Client.ID != client || len(shown.Scopes) != 2 || shown.Address != livingRoom.String() {
			t.Errorf("shown %+v", shown)
		}
		auth := k.signIn("ann@example.test")
		k.allow(auth, shown.ID)
		k.wait(5 * time.Second)
		got, err := k.poll(client, begun.DeviceCode)
		k.must(err)
		if got.Scope != "openid email" || got.RefreshToken == "" || claimsOf(t, got.IDToken)["sub"] != string(auth.User()) || claimsOf(t, got.IDToken)["sid"] != auth.Session() {
			t.Errorf("given %+v", got)
		}
		_, err = k.refreshAs(client, got.RefreshToken)
		k.must(err)
		_, err = k.poll(client, begun.DeviceCode)
		refused(t, err, InvalidGrant)
	}
}

func TestDevicePollsAnswerAsRFC8628Says(t *testing.T) {
	k := startDevices(t)
	begun := k.begunDevice(spa)
	for _, poll := range []struct {
		after time.Duration
		code  string
	}{
		{0, AuthorizationPending}, {4 * time.Second, SlowDown}, {9 * time.Second, SlowDown}, {15 * time.Second, AuthorizationPending},
		{14 * time.Second, SlowDown}, {20 * time.Second, AuthorizationPending}, {10 * time.Minute, ExpiredToken},
	} {
		k.wait(poll.after)
		_, err := k.poll(spa, begun.DeviceCode)
		refused(t, err, poll.code)
	}
	_, err := k.poll(spa, "dc_unknown")
	refused(t, err, InvalidGrant)
	_, err = k.token(spa, "grant_type", identity.GrantDevice)
	refused(t, err, InvalidRequest)

	denied := k.begunDevice(spa)
	k.must(k.Deny(context.Background(), k.signIn("ann@example.test"), testPool, k.typed(denied.UserCode).ID))
	_, err = k.poll(spa, denied.DeviceCode)
	refused(t, err, AccessDenied)
	_, err = k.DeviceErrand(context.Background(), testPool, denied.UserCode, livingRoom)
	refused(t, err, ExpiredToken)
}

func TestDeviceAuthorizationIsForClientsThatHaveIt(t *testing.T) {
	k := startDevices(t)
	_, err := k.device(machine)
	refused(t, err, UnauthorizedClient)
	_, err = k.device(web, "scope", "api/unknown")
	refused(t, err, InvalidScope)
	_, err = k.device(web, "resource", "https://unknown.example.test")
	refused(t, err, InvalidTarget)
	bad := TokenRequest{Form: url.Values{"scope": {"openid"}}, Auth: ClientAuth{ID: web, Secret: "wrong", Method: identity.AuthBasic}}
	_, err = k.AuthorizeDevice(context.Background(), testPool, bad, devicePage, livingRoom)
	refused(t, err, InvalidClient)
	k.change(web, func(c *identity.Client) { c.GrantTypes = []string{identity.GrantCode} })
	_, err = k.token(web, "grant_type", identity.GrantDevice, "device_code", "dc_any")
	refused(t, err, UnauthorizedClient)
}

// demandTwo has a client ask for a second factor.
func (k *kit) demandTwo(client identity.ClientID) {
	k.Helper()
	ctx := context.Background()
	pool, err := k.settings().Pool(ctx, testPool)
	k.must(err)
	pool.MFAConfiguration = "OPTIONAL"
	_, err = k.settings().PutPool(ctx, pool)
	k.must(err)
	k.change(client, func(c *identity.Client) { c.MFAConfiguration = "ON" })
}

func TestAllowingADeviceTakesWhatTheClientDemands(t *testing.T) {
	k := startDevices(t)
	ctx, id := context.Background(), k.typed(k.begunDevice(spa).UserCode).ID
	if _, reason, err := k.ErrandOf(ctx, identity.Authentication{}, testPool, id); err != nil || reason != LoginNone {
		t.Errorf("nobody: %q, %v", reason, err)
	}
	auth := k.signIn("ann@example.test")
	k.demandTwo(spa)
	if _, reason, err := k.ErrandOf(ctx, auth, testPool, id); err != nil || reason != LoginSecond {
		t.Errorf("one factor: %q, %v", reason, err)
	}
	if reason, err := k.Allow(ctx, auth, testPool, id); err != nil || reason != LoginSecond {
		t.Errorf("allowed with %q, %v", reason, err)
	}
	k.change(spa, func(c *identity.Client) { c.MFAConfiguration = "" })
	k.must(k.sessions().Revoke(ctx, testPool, auth.User(), auth.Session()))
	if reason, err := k.Allow(ctx, auth, testPool, id); err != nil || reason != LoginNone {
		t.Errorf("signed out: %q, %v", reason, err)
	}
}

func TestTokensOfADeviceEndWithTheSessionThatAllowedThem(t *testing.T) {
	k := startDevices(t)
	begun, auth := k.begunDevice(spa), k.signIn("ann@example.test")
	k.allow(auth, k.typed(begun.UserCode).ID)
	got, err := k.poll(spa, begun.DeviceCode)
	k.must(err)
	late := k.begunDevice(spa)
	k.allow(auth, k.typed(late.UserCode).ID)
	k.must(k.sessions().Revoke(context.Background(), testPool, auth.User(), auth.Session()))
	if k.good(got.AccessToken) {
		t.Error("the token outlives the session")
	}
	_, err = k.poll(spa, late.DeviceCode)
	refused(t, err, InvalidGrant)
}

func TestDeviceRace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := devicesOn(startOn(t, open(t)))
			begun := k.begunDevice(web)
			k.allow(k.signIn("ann@example.test"), k.typed(begun.UserCode).ID)
			won, lost := race(func() (TokenResponse, error) { return k.poll(web, begun.DeviceCode) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
		})
	}
}

func TestOldErrandsAreSwept(t *testing.T) {
	k := startDevices(t)
	begun := k.begunDevice(spa)
	k.wait(deviceLife + keepErrand - time.Minute)
	_, err := k.Sweep(context.Background())
	k.must(err)
	_, err = k.poll(spa, begun.DeviceCode)
	refused(t, err, ExpiredToken)
	k.wait(2 * time.Minute)
	_, err = k.Sweep(context.Background())
	k.must(err)
	_, err = k.poll(spa, begun.DeviceCode)
	refused(t, err, InvalidGrant)
}

func TestDiscoveryNamesTheGrantsOfThePoolsClients(t *testing.T) {
	k := startDevices(t)
	k.change(machine, func(c *identity.Client) { c.GrantTypes = []string{identity.GrantClientCredentials} })
	got, err := k.Discovery(context.Background(), testPool)
	k.must(err)
	if got["device_authorization_endpoint"] != k.Issuer(testPool)+"/oauth2/device_authorization" {
		t.Errorf("endpoint %v", got["device_authorization_endpoint"])
	}
	want := []string{identity.GrantCode, identity.GrantClientCredentials, identity.GrantRefresh, identity.GrantDevice}
	if types := got["grant_types_supported"]; !reflect.DeepEqual(types, want) {
		t.Errorf("grant types %v, want %v", types, want)
	}
}
