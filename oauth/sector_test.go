package oauth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"poolhouse.dev/identity"
)

// A client that has refresh tokens of people names another's host afterwards, to learn
// what that one calls them.
func TestAttackRegisteredClientMovesToAnotherSector(t *testing.T) {
	victim := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`["https://victim.example.test/cb","https://notes.example.test/cb"]`))
	}))
	defer victim.Close()
	k := start(t)
	k.open()
	k.reach(victim)
	for name, c := range map[string]struct {
		first, then map[string]any
		moved       bool
	}{
		"another host":           {simple("subject_type", "pairwise"), simple("subject_type", "pairwise", "redirect_uris", []string{"https://victim.example.test/cb"}), true},
		"the list of another":    {simple("subject_type", "pairwise"), simple("subject_type", "pairwise", "sector_identifier_uri", victim.URL), true},
		"public afterwards":      {simple("subject_type", "pairwise"), simple("subject_type", "public"), true},
		"by leaving it out":      {simple("subject_type", "pairwise"), simple(), true},
		"pairwise afterwards":    {simple(), simple("subject_type", "pairwise"), true},
		"another path":           {simple("subject_type", "pairwise"), simple("subject_type", "pairwise", "redirect_uris", []string{"https://notes.example.test/other"}), false},
		"another host in public": {simple(), simple("redirect_uris", []string{"https://moved.example.test/cb"}), false},
	} {
		made, err := k.register(c.first)
		k.must(err)
		c.then["client_id"] = made["client_id"]
		_, err = k.ChangeRegistration(t.Context(), testPool, Registration{
			Client: identity.ClientID(made["client_id"].(string)), Token: made["registration_access_token"].(string), Body: body(c.then),
		})
		if code, _ := CodeOf(err); c.moved != (code == InvalidClientMetadata) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A client that is answered nowhere names another's list, or its address.
func TestAttackSectorWithoutARedirect(t *testing.T) {
	victim := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`["https://notes.example.test/cb"]`))
	}))
	defer victim.Close()
	k := start(t)
	k.open(func(p *identity.Pool) {
		p.ClientRegistration.AllowedGrants = []string{identity.GrantCode, identity.GrantDevice}
	})
	k.reach(victim)
	device := []string{identity.GrantDevice}
	_, err := k.register(map[string]any{"grant_types": device, "subject_type": "pairwise", "sector_identifier_uri": victim.URL})
	k.refusedAs(err, InvalidClientMetadata)
	_, err = k.register(simple("grant_types", append(device, identity.GrantCode), "subject_type", "pairwise"))
	k.refusedAs(err, InvalidClientMetadata)
	_, err = k.register(simple("redirect_uris", []string{"https://notes.example.test/cb", "com.example.app:/cb"}, "subject_type", "pairwise"))
	k.refusedAs(err, InvalidClientMetadata)
	_, err = k.register(map[string]any{"grant_types": device})
	k.must(err)
}

func TestADocumentThatCallsPeopleSomethingElseIsAnotherClient(t *testing.T) {
	p := publish(t)
	p.said["subject_type"], p.said["redirect_uris"] = "pairwise", []string{p.URL + "/cb"}
	k := documents(t, p)
	k.brings(p.id(), p.URL+"/cb")
	before, err := k.settings().Client(t.Context(), testPool, p.id())
	k.must(err)
	for _, kind := range []string{"pairwise", "public"} {
		k.wait(maxDocumentLife)
		p.said["subject_type"], p.said["client_name"] = kind, "Named "+kind
		if d := k.brings(p.id(), p.URL+"/cb"); d.Login == nil || d.Login.Client.Name != "Named "+kind {
			t.Fatalf("%+v", d)
		}
		after, err := k.settings().Client(t.Context(), testPool, p.id())
		if k.must(err); after.CreatedAt.Equal(before.CreatedAt) != (kind == "pairwise") {
			t.Errorf("%s: made %s and %s", kind, before.CreatedAt, after.CreatedAt)
		}
	}
}
