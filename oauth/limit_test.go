package oauth

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// pushes pushes a request from an address.
func (k *kit) pushes(client identity.ClientID, from netip.Addr) error {
	_, err := k.Push(k.Context(), testPool, TokenRequest{Form: request(client), Auth: as(client), Origin: identity.Origin{Address: from}})
	return err
}

// Whoever needs prove nothing fills the store.
func TestAttackPushedRequestsWithoutEnd(t *testing.T) {
	k := start(t)
	k.Identity.RateLimits = true
	here, there := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("198.51.100.8")
	for range identity.PushedRequests.Burst {
		k.must(k.pushes(spa, here))
	}
	var often *TooOften
	if err := k.pushes(spa, here); !errors.As(err, &often) || often.Wait <= 0 {
		t.Errorf("one more: %v", err)
	}
	k.must(k.pushes(spa, there))
	k.must(k.pushes(web, here)) // it proves itself
	k.wait(often.Wait)
	k.must(k.pushes(spa, here))
}

func TestAttackApprovalsAskedForByARegisteredClient(t *testing.T) {
	k := startCIBA(t)
	k.open(func(p *identity.Pool) {
		p.ClientRegistration.AllowedGrants = []string{identity.GrantCode, identity.GrantRefresh, identity.GrantCIBA}
	})
	made, err := k.register(simple("grant_types", []string{identity.GrantCIBA, identity.GrantCode}))
	k.must(err)
	stranger := ClientAuth{ID: identity.ClientID(made["client_id"].(string)), Secret: made["client_secret"].(string), Method: identity.AuthBasic}
	k.Identity.RateLimits = true
	ask := func(auth ClientAuth) error {
		_, err := k.Backchannel(t.Context(), testPool, TokenRequest{Form: url.Values{"scope": {"openid"}, "login_hint": {"ann@example.test"}}, Auth: auth}, livingRoom)
		return err
	}
	for range identity.BackchannelRequests.Burst {
		if err := ask(stranger); errors.As(err, new(*TooOften)) {
			t.Fatal(err)
		}
	}
	if err := ask(stranger); !errors.As(err, new(*TooOften)) {
		t.Errorf("one more: %v", err)
	}
	if err := ask(as(web)); errors.As(err, new(*TooOften)) {
		t.Errorf("an app of the house: %v", err)
	}
}

func TestAdministratorsSeeAndClearTheLimitsOfApps(t *testing.T) {
	k := startCIBA(t)
	k.Identity.RateLimits = true
	k.user("bob@example.test")
	here := netip.MustParseAddr("198.51.100.7")
	for range identity.PushedRequests.Burst {
		k.must(k.pushes(spa, here))
	}
	for range identity.WrongUserCodes.Burst {
		refused(t, k.guessUserCode("BBBB-BBBB", here), ExpiredToken)
	}
	k.must(k.Identity.Store.Update(t.Context(), func(w storage.Writer) error {
		once := identity.Limit{Name: identity.WrongUserCodesOfPool.Name, Burst: 2, Every: 2000 * identity.WrongUserCodesOfPool.Every}
		return k.Identity.Take(w, once, identity.PoolKey(testPool))
	}))
	wrong := as(web)
	wrong.Secret = "wrong"
	for range identity.WrongSecrets.Burst {
		_, err := k.Guarded(t.Context(), testPool, wrong, here, func() error { return refuse(InvalidClient, "") })
		refused(t, err, InvalidClient)
	}
	for range identity.UnknownHints.Burst {
		_, err := k.askFor(web, "login_hint", "nobody@example.test")
		refused(t, err, UnknownUserID)
	}
	for q, want := range map[identity.LimitQuery][]string{
		{Address: here}: {"client_secret", "pushed_request", "user_code"},
		{}:              {"ciba_unknown", "user_code_pool"},
		{Address: netip.MustParseAddr("198.51.100.8")}: nil,
	} {
		if got := k.reached(q); !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", q, got, want)
		}
		_, err := k.admin().ClearLimits(t.Context(), testPool, q)
		if k.must(err); len(k.reached(q)) != 0 {
			t.Errorf("%+v: left %v", q, k.reached(q))
		}
	}
}

func (k *kit) reached(q identity.LimitQuery) (names []string) {
	k.Helper()
	found, err := k.admin().Limits(k.Context(), testPool, q)
	k.must(err)
	for _, each := range found {
		names = append(names, each.Limit)
	}
	slices.Sort(names)
	return names
}
