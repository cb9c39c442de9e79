// Package factors goes through every factor and every way back in with real
// browsers: Chromium plays the device that keeps passkeys, the kit plays the
// authenticator app, the mailbox and the phone. Tests that share a policy share
// a server; each has people and browsers of its own.
package factors

import (
	"testing"

	"poolhouse.dev/test/kit"
)

const newPassword = "another long and calm password"

// serve starts a server at http://localhost whose first pool has the policy.
// Names are the people in it, all with the same password and a confirmed address.
func serve(t *testing.T, policy kit.Map, names ...string) *kit.Server {
	t.Helper()
	t.Parallel()
	return kit.Start(t, kit.AtLocalhost, settings(policy, names...))
}

// settings puts a policy and people into the first pool.
func settings(policy kit.Map, names ...string) func(kit.Map) {
	return func(m kit.Map) {
		p := kit.PoolOf(m)
		for key, value := range policy {
			p[key] = value
		}
		for _, name := range names {
			p["users"] = append(p["users"].(kit.List), kit.Map{"username": name, "password": kit.AnnPassword,
				"user_attributes": kit.Map{"email": name, "email_verified": "true"}})
		}
	}
}

// withPhone gives a person of the first pool a confirmed number.
func withPhone(name, number string) func(kit.Map) {
	return func(m kit.Map) {
		for _, u := range kit.PoolOf(m)["users"].(kit.List) {
			if u.(kit.Map)["username"] == name {
				a := u.(kit.Map)["user_attributes"].(kit.Map)
				a["phone_number"], a["phone_number_verified"] = number, "true"
			}
		}
	}
}

// ways is the sign-in policy of a pool.
func ways(factors ...any) kit.Map {
	return kit.Map{"sign_in_policy": kit.Map{"allowed_first_auth_factors": kit.List(factors)}}
}

// browse opens a browser that knows the server and its app. It makes no
// passkeys by itself; upgrade_test.go has one that does.
func browse(t *testing.T, s *kit.Server) *kit.Browser {
	t.Helper()
	b := kit.NewBrowser(t, s.URL, s.App.URL)
	b.Expect("status of 422") // forms that come back to be corrected
	b.Before(t, withoutUpgrade)
	return b
}

// begin opens the app's sign-in.
func begin(t *testing.T, s *kit.Server, b *kit.Browser) {
	t.Helper()
	b.Open(t, s.App.URL+"/start")
	b.Field(t, "username")
}

// withPassword signs in with name and password, as far as that gets.
func withPassword(t *testing.T, s *kit.Server, b *kit.Browser, name string) {
	t.Helper()
	begin(t, s, b)
	b.Type(t, "username", name)
	b.Enter(t, "password", kit.AnnPassword)
}

// addPasskey makes a passkey on the account pages. The browser is signed in
// before or by the password.
func addPasskey(t *testing.T, s *kit.Server, b *kit.Browser, a *kit.Authenticator, name string) {
	t.Helper()
	before := a.Passkeys(t)
	b.Open(t, s.URL+"/account/factors/passkey")
	if b.Shows(t, `input[name="password"]`) {
		b.Type(t, "username", name)
		b.Enter(t, "password", kit.AnnPassword)
	}
	b.Wait(t, "#passkey")
	b.Press(t, "Create a passkey")
	b.See(t, "The passkey is added.")
	a.Gains(t, before)
}

// holder answers a browser without a session, and with a passkey of the person.
func holder(t *testing.T, s *kit.Server, name string) (*kit.Browser, *kit.Authenticator) {
	t.Helper()
	b := browse(t, s)
	a := b.Authenticator(t, kit.AuthenticatorOptions{})
	addPasskey(t, s, b, a, name)
	b.Forget(t)
	return b, a
}

// here says that the app greets the person.
func here(t *testing.T, b *kit.Browser, name string) {
	t.Helper()
	b.See(t, "Hello, "+name)
}
