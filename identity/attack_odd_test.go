package identity

import (
	"encoding/base64"
	"testing"
)

// Whatever a browser may send in the place of a code, a passkey or the state of
// a page lets nobody in and is no fault.
func TestAttackOddAnswers(t *testing.T) {
	k := newFactorKit(t)
	k.core.RateLimits = false
	ann := k.person("ann@example.test").withApp().withKey().withRecovery().enable(FactorPasskey)
	page := k.page()
	auth := ann.fullLogin()
	for _, odd := range []struct{ code, credential, state string }{
		{"", "", page.State}, {"\x00", "[", "%"}, {"abcd-efgh-ijkl-mnop", "null", "\n"}, {"000000\n000000", "{}", "AAAA"},
		{"x", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, ""}, {"-1", `{"id":"` + b64(ann.key.id) + `"}`, page.State},
		{"1e6", string(ann.key.get(page.Options, func(s *signed) { s.challenge = "" })), page.State + page.State},
		{string(make([]byte, 1<<16)), string(make([]byte, 1<<17)), string(make([]byte, 1<<16))},
	} {
		for asked, answer := range map[Factor]Answer{
			FactorTOTP: CodeAnswer{FactorTOTP, odd.code}, FactorRecovery: CodeAnswer{FactorRecovery, odd.code}, FactorPasskey: PasskeyAnswer{[]byte(odd.credential)},
		} {
			step, err := k.choose(ann.half(), asked)
			k.asks(step, err, ChallengeName(asked))
			k.notIn(k.respond(step, answer, Origin{}))
		}
		k.notIn(k.withPasskey(odd.state, []byte(odd.credential)))
		setUp := SetUpAnswer{Factor: FactorPasskey, Credential: []byte(odd.credential), Code: odd.code, Name: odd.state}
		if err := (&Factors{k.core}).Finish(t.Context(), auth, odd.state, setUp, Origin{}); codeOf(err) == "" {
			t.Errorf("a set-up by %.20q: %v", odd.state, err)
		}
	}
}

// FuzzStates holds that a state is spent under one name, however it is spelled.
func FuzzStates(f *testing.F) {
	k := newFactorKit(f)
	for _, s := range spellings(k.page().State) {
		f.Add(s)
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, typed string) {
		sealed, err := base64.RawURLEncoding.DecodeString(typed)
		_, failed := k.signIn().openPage("test", PasskeyStart{Pool: testPool, Channel: testChannel, State: typed})
		if failed == nil && (err != nil || stateHash(typed) != stateHash(b64(sealed))) {
			t.Errorf("%q is the same state under another name", typed)
		}
	})
}
