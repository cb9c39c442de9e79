package identity

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/language"
)

// registrar is a kit whose pool takes registrations under a policy.
func registrar(t *testing.T, c ClientRegistration) *kit {
	t.Helper()
	return newKit(t, func(p *Pool) { p.ClientRegistration = c })
}

func (k *kit) register(initial string) (Client, string, error) {
	in := NewRegistration{Token: "rat_" + randomText("abcdefgh", 20), Initial: initial, Client: Client{
		PoolID: testPool, Name: "Notes (beta)", CallbackURLs: []string{"https://notes.example.test/cb"}, AllowedOAuthScopes: []string{"openid"},
	}}
	c, err := k.settings().RegisterClient(k.Context(), in, k.origin(1))
	return c, in.Token, err
}

func (k *kit) clientsOf() int {
	all, err := k.settings().Clients(k.Context(), testPool)
	k.ok(err)
	return len(all)
}

func TestAPoolTakesNoRegistrationsUnlessItSaysSo(t *testing.T) {
	_, _, err := newKit(t).register("")
	newKit(t).refused(err, NotAllowed)
	k := registrar(t, ClientRegistration{Policy: RegistrationOpen})
	c, _, err := k.register("")
	k.ok(err)
	if c.RegisteredBy != ByRegistration || c.ID == "" {
		t.Errorf("%+v", c)
	}
	k.audited("client_registered", "ok")
}

func TestAnInitialAccessTokenServesAsOftenAsItSays(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationToken})
	_, _, err := k.register("")
	k.refused(err, NotAllowed)
	made, value, err := k.settings().NewInitialToken(t.Context(), testPool, "partner", 2, time.Hour)
	k.ok(err)
	for range 2 {
		_, _, err = k.register(value)
		k.ok(err)
	}
	_, _, err = k.register(value)
	k.refused(err, NotAllowed)
	_, late, err := k.settings().NewInitialToken(t.Context(), testPool, "", 1, time.Hour)
	k.ok(err)
	k.wait(2 * time.Hour)
	_, _, err = k.register(late)
	k.refused(err, NotAllowed)
	_, gone, err := k.settings().NewInitialToken(t.Context(), testPool, "", 1, time.Hour)
	k.ok(err)
	all, err := k.settings().InitialTokens(t.Context(), testPool)
	if k.ok(err); len(all) != 1 || all[0].ID == made.ID {
		t.Fatalf("%+v", all)
	}
	k.ok(k.settings().DeleteInitialToken(t.Context(), testPool, all[0].ID))
	k.refused(k.settings().DeleteInitialToken(t.Context(), testPool, all[0].ID), ResourceNotFound)
	_, _, err = k.register(gone)
	k.refused(err, NotAllowed)
}

func TestTenRacersRegisterOnceWithOneUse(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationToken})
	_, value, err := k.settings().NewInitialToken(t.Context(), testPool, "", 1, time.Hour)
	k.ok(err)
	before := k.clientsOf()
	var race sync.WaitGroup
	for range 10 {
		race.Go(func() { _, _, _ = k.register(value) })
	}
	race.Wait()
	if got := k.clientsOf() - before; got != 1 {
		t.Errorf("%d clients were registered", got)
	}
}

func TestAttackMassRegistration(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationOpen, MaxClients: 3})
	for range 3 {
		_, _, err := k.register("")
		k.ok(err)
	}
	_, _, err := k.register("")
	k.refused(err, TooManyAttempts)
	here := k.origin(7).Address
	for range registrationsByAddress.Burst {
		k.ok(k.settings().MayRegister(t.Context(), here))
	}
	k.refused(k.settings().MayRegister(t.Context(), here), TooManyAttempts)
}

func TestAttackRegistrationTokenOfAnotherClient(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationOpen})
	mine, token, err := k.register("")
	k.ok(err)
	theirs, _, err := k.register("")
	k.ok(err)
	_, err = k.settings().ManageClient(t.Context(), testPool, theirs.ID, token)
	k.refused(err, SessionEnded)
	k.refused(k.settings().DeleteRegistered(t.Context(), testPool, theirs.ID, token, Origin{}), SessionEnded)
	_, err = k.settings().UpdateRegistered(t.Context(), NewRegistration{Client: theirs, Token: token}, "next", Origin{})
	k.refused(err, SessionEnded)
	_, err = k.settings().ManageClient(t.Context(), testPool, testClient, token) // the house's own has none
	k.refused(err, SessionEnded)
	k.ok(k.settings().DeleteRegistered(t.Context(), testPool, mine.ID, token, Origin{}))
	_, err = k.settings().ManageClient(t.Context(), testPool, mine.ID, token)
	k.refused(err, SessionEnded)
}

func TestAReplacedRegistrationTokenServesUntilTheNewOneIsUsed(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationOpen})
	c, first, err := k.register("")
	k.ok(err)
	manage := func(token string) error {
		_, err := k.settings().ManageClient(t.Context(), testPool, c.ID, token)
		return err
	}
	_, err = k.settings().UpdateRegistered(t.Context(), NewRegistration{Client: c, Token: first}, "second", Origin{})
	k.ok(err)
	k.ok(manage(first))
	k.ok(manage("second"))
	k.refused(manage(first), SessionEnded)
	k.ok(manage("second"))
}

func TestARegisteredClientGoesWhenNobodyUsesIt(t *testing.T) {
	k := registrar(t, ClientRegistration{Policy: RegistrationOpen, ExpiresDays: 7})
	unused, _, err := k.register("")
	k.ok(err)
	used, _, err := k.register("")
	k.ok(err)
	k.wait(6 * 24 * time.Hour)
	k.ok(k.settings().NoteUse(t.Context(), &used))
	k.wait(2 * 24 * time.Hour)
	_, err = k.core.Sweep(t.Context())
	k.ok(err)
	_, err = k.settings().Client(t.Context(), testPool, unused.ID)
	k.refused(err, ClientNotFound)
	_, err = k.settings().Client(t.Context(), testPool, used.ID)
	k.ok(err)
	_, err = k.settings().Client(t.Context(), testPool, testClient)
	k.ok(err)
	k.audited("client_expired", "ok")
}

func TestAClientSpeaksTheLanguageOfItsReader(t *testing.T) {
	c := Client{Name: "Notes", ClientOAuth: ClientOAuth{Localized: map[string]string{"client_name#de": "Notizen", "client_name#de-AT": "Merkzettel"}}}
	for tag, want := range map[string]string{"en": "Notes", "de": "Notizen", "de-AT": "Merkzettel", "de-CH": "Notizen", "fr": "Notes"} {
		if got := c.Said("client_name", language.MustParse(tag)); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
}

func TestHostsAreAllowedByNameAndBelow(t *testing.T) {
	c := ClientRegistration{AllowedRedirectHosts: []string{"app.example.test", "*.apps.example.test", "localhost", "com.example.app:"}}
	for uri, want := range map[string]bool{
		"https://app.example.test/cb": true, "https://APP.example.test/cb": true, "https://x.apps.example.test/cb": true, "http://localhost:7/cb": true,
		"com.example.app:/cb": true, "https://apps.example.test/cb": false, "https://evil-app.example.test/": false, "https://app.example.test.evil.test/": false,
		"com.evil.app:/cb": false, "https://xapps.example.test/": false,
	} {
		if c.MayRedirect(uri) != want {
			t.Errorf("%s: %v", uri, !want)
		}
	}
	d := MetadataDocuments{Enabled: true, AllowedHosts: []string{"a.example.test", "b.example.test:8443"}}
	for address, want := range map[string]bool{"https://a.example.test/c": true, "https://a.example.test:8443/c": true, "https://b.example.test:8443/c": true, "https://b.example.test/c": false} {
		at, err := url.Parse(address)
		if k := d.MayName(at); err != nil || k != want {
			t.Errorf("%s: %v %v", address, k, err)
		}
	}
}
