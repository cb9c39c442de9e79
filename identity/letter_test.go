package identity

import (
	"testing"

	"poolhouse.dev/identity/message"
)

// An app that signs somebody in by the API waits for the code: the page behind a
// link could not go on with its attempt.
func TestASignInCodeForAnAppCarriesNoLink(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword, FactorEmailCode))
	ann := k.person("ann@example.test")
	for _, api := range []bool{false, true} {
		in := Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: ann.email, Prefer: FactorEmailCode, API: api, Origin: k.origin(1)}
		_, err := k.signIn().Begin(t.Context(), in)
		k.ok(err)
		if sent := k.last(ann.email, message.SignInCode); sent.code() == "" || (sent.link() == "") != api {
			t.Errorf("by the API %t: the link is %q", api, sent.link())
		}
	}
}
