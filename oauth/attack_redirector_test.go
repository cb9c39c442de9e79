package oauth

import (
	"testing"

	"poolhouse.dev/identity"
)

// Somebody registers a client, and sends links to this server that are wrong, so that
// they lead on to an address of theirs (RFC 9700 §4.11.2).
func TestAttackRedirectorByARegisteredClient(t *testing.T) {
	k := start(t)
	k.open()
	const here, there = "https://evil.example.test/cb", "https://other.example.test/cb"
	made, err := k.register(map[string]any{"redirect_uris": []string{here, there}, "client_name": "Win"})
	k.must(err)
	id := identity.ClientID(made["client_id"].(string))
	ann, nobody := k.signIn("ann@example.test"), identity.Authentication{}
	bad := func(at string, more ...string) Decision {
		return k.ask(request(id, append([]string{"redirect_uri", at, "scope", "unknown"}, more...)...), AuthorizeState{Auth: nobody})
	}
	wrong := [][]string{
		{"scope", "unknown"}, {"response_type", "unknown"}, {"response_mode", "unknown"}, {"code_challenge", "x"}, {"prompt", "unknown"},
		{"max_age", "x"}, {"request", "x"}, {"registration", "{}"}, {"response_type", ""}, {"id_token_hint", "x"},
	}
	led := func(auth identity.Authentication, at string) (n int) {
		for _, pair := range wrong {
			if d := k.ask(request(id, append(pair, "redirect_uri", at)...), AuthorizeState{Auth: auth}); d.Answer != nil {
				n++
			} else if d.Page == nil {
				t.Errorf("%v: %s", pair, decision(d))
			}
		}
		return n
	}
	for name, auth := range map[string]identity.Authentication{"nobody": nobody, "somebody who was never asked": ann} {
		if n := led(auth, here); n != 0 {
			t.Errorf("%s is led on by %d", name, n)
		}
	}
	if d := bad(here, "prompt", "none"); decision(d) != "error "+InvalidScope {
		t.Errorf("a client that asks for no page: %s", decision(d))
	}
	if d := k.allows(ann, request(id, "redirect_uri", here)); decision(d) != "code" {
		t.Fatalf("allowed: %s", decision(d))
	}
	if n := led(ann, here); n != len(wrong) {
		t.Errorf("who allowed the app is led on by %d of %d", n, len(wrong))
	}
	if n := led(ann, there) + led(nobody, here); n != 0 {
		t.Errorf("to another host, or nobody, by %d", n)
	}
	if d := k.ask(request(web, "scope", "unknown"), AuthorizeState{}); decision(d) != "error "+InvalidScope {
		t.Errorf("an app of the house: %s", decision(d))
	}
}
