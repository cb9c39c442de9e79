package cognito

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// pressed is a server whose pages ask for puzzles under pressure, as every server does.
func pressed(t *testing.T) *apps {
	t.Helper()
	a := withApps(t)
	a.handler.Admin.Puzzles = &identity.Puzzles{}
	a.ann()
	return a
}

// No caller of the API can solve a puzzle: typos of some never keep out others.
func TestNoPuzzleIsPutToAnApp(t *testing.T) {
	a := pressed(t)
	for i := range 15 {
		a.fails("InitiateAuth", byPassword(mobile, fmt.Sprintf("nobody%d@example.test", i), "wrong"), "NotAuthorizedException", "")
	}
	a.in()
	for i := range 140 {
		a.from.Origin.Address = netip.AddrFrom4([4]byte{198, 51, byte(i), 1})
		a.fails("InitiateAuth", byPassword(mobile, fmt.Sprintf("nobody%d@example.test", i), "wrong"), "NotAuthorizedException", "")
	}
	a.in()
	a.ok("SignUp", m{"ClientId": mobile, "Username": "bob@example.test", "Password": annWord})
	a.ok("ResendConfirmationCode", m{"ClientId": mobile, "Username": "bob@example.test"})
	a.ok("ForgotPassword", m{"ClientId": mobile, "Username": ann})
	// The limits of accounts hold as ever.
	for range 5 {
		a.fails("InitiateAuth", byPassword(mobile, ann, "wrong"), "NotAuthorizedException", "")
	}
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "Password attempts exceeded")
}

// A server that signs people up for all from one address meets the limit of
// addresses, and nothing before it.
func TestOneAddressSignsUpAsManyAsItsLimitSays(t *testing.T) {
	a := pressed(t)
	a.from.Origin.Address = netip.MustParseAddr("192.0.2.9")
	signUp := func(i int) m {
		return m{"ClientId": mobile, "Username": fmt.Sprintf("new%d@example.test", i), "Password": annWord}
	}
	for i := range 20 {
		a.ok("SignUp", signUp(i))
	}
	a.fails("SignUp", signUp(20), "TooManyRequestsException", "")
	for i := 20; i < 24; i++ {
		a.wait(6 * time.Minute)
		a.ok("SignUp", signUp(i))
	}
}

// The pressure that the pages answer with a puzzle is listed, and cleared.
func TestPressureIsListed(t *testing.T) {
	a := pressed(t)
	for i := range 15 {
		a.fails("InitiateAuth", byPassword(mobile, fmt.Sprintf("nobody%d@example.test", i), "wrong"), "NotAuthorizedException", "")
	}
	at := identity.LimitQuery{Address: a.from.Origin.Address}
	listed := func(want int, q identity.LimitQuery) {
		t.Helper()
		list, err := a.handler.Admin.Limits(t.Context(), pool, q)
		if err != nil || len(list) != want {
			t.Fatalf("got %+v, %v", list, err)
		}
		if want == 1 && (list[0].Limit != "pressure_network" || list[0].Of != "192.0.2.7" || !list[0].Until.After(a.now)) {
			t.Errorf("got %+v", list[0])
		}
	}
	listed(1, at)
	listed(0, identity.LimitQuery{})
	if _, err := a.handler.Admin.ClearLimits(t.Context(), pool, at); err != nil {
		t.Fatal(err)
	}
	listed(0, at)
}
