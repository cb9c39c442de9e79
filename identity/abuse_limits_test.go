package identity

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"poolhouse.dev/storage"
)

// reachedNow answers the names of the limits that refuse.
func (k *kit) reachedNow(q LimitQuery) []string {
	k.Helper()
	list, err := k.admin().Limits(context.Background(), testPool, q)
	k.ok(err)
	var names []string
	for _, r := range list {
		if !r.Until.After(k.core.Now()) {
			k.Errorf("%s ended at %s", r.Limit, r.Until)
		}
		names = append(names, r.Limit)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (k *kit) clear(q LimitQuery) {
	k.Helper()
	_, err := k.admin().ClearLimits(context.Background(), testPool, q)
	k.ok(err)
	if left := k.reachedNow(q); len(left) > 0 {
		k.Errorf("%v are left", left)
	}
	k.audited("admin_clear_limits", "ok")
}

func TestAdministratorsSeeAndClearWhatKeepsAPersonOut(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	for _, name := range []string{"ann@example.test", "nobody@example.test"} {
		q := LimitQuery{Username: name}
		for range freeTries {
			_, err := k.try(name, "wrong", Origin{})
			k.refused(err, IncorrectPassword)
		}
		for range sendsAtOnce {
			_, err := k.forgot(name)
			k.ok(err)
		}
		want := []string{backOff, "send_destination", "send_" + string(PurposeReset)}
		if got := k.reachedNow(q); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		k.clear(q)
		_, err := k.forgot(name)
		k.ok(err)
		_, err = k.try(name, "wrong", Origin{})
		k.refused(err, IncorrectPassword)
	}
}

func TestAKnownBrowsersLimitsAreClearedWithItsPerson(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	o := k.origin(1)
	o.Browser = k.in("ann@example.test", o).Browser
	for range freeTries {
		_, err := k.try("ann@example.test", "wrong", o)
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", "wrong", o)
	k.limited(err, backOff)
	k.clear(LimitQuery{Username: "ann@example.test"})
	_, err = k.try("ann@example.test", goodWord, o)
	k.ok(err)
}

func TestAdministratorsSeeAndClearAddressesAndThePool(t *testing.T) {
	k := newStillKit(t)
	k.pool(func(p *Pool) { p.MessageLimits.EmailPerDay = 2 })
	from := k.origin(3)
	for i := range signInsByAddress.Burst {
		_, err := k.try(fmt.Sprintf("nobody%d@example.test", i), "wrong", from)
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", "wrong", from)
	k.limited(err, "sign_in_address")
	for i := range 2 {
		k.signUp(fmt.Sprintf("new%d@example.test", i), nil)
	}
	k.update(func(w storage.Writer) error {
		return k.core.Take(w, Limit{Name: signUpsByClient.Name, Burst: 9, Every: signUpsByClient.Every * 1000}, clientKey(testPool, testClient))
	})
	here := LimitQuery{Address: from.Address}
	if got := k.reachedNow(here); !slices.Equal(got, []string{"sign_in_address"}) {
		t.Errorf("the address: %v", got)
	}
	if got := k.reachedNow(LimitQuery{}); !slices.Equal(got, []string{"email_per_day", "sign_up_client"}) {
		t.Errorf("the pool: %v", got)
	}
	if got := k.reachedNow(LimitQuery{Address: netip.MustParseAddr("192.0.2.1")}); len(got) > 0 {
		t.Errorf("another address: %v", got)
	}
	k.clear(here)
	k.clear(LimitQuery{})
	_, err = k.try("ann@example.test", "wrong", from)
	k.refused(err, IncorrectPassword)
	k.signUp("new9@example.test", nil)
}

func TestEveryLimitHasANameAndSomethingToCountBy(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range limits() {
		if l.Name == "" || seen[l.Name] || l.By == "" || l.Burst < 1 || l.Every <= 0 {
			t.Errorf("%+v", l)
		}
		seen[l.Name] = true
	}
}
