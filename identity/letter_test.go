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

// Words of a pool's own about a doubt name the sign-in, and go by what was done.
func TestAMailAboutADoubtSaysWhatWasDone(t *testing.T) {
	k, ann, _ := halfway(t)
	k.pool(func(p *Pool) {
		p.Risk.AccountTakeover.Notify = NotifyConfiguration{
			MFA: NotifyEmail{Subject: "asked"}, NoAction: NotifyEmail{Subject: "seen"}, Block: NotifyEmail{Subject: "refused"},
		}
	})
	sent := k.last(ann.email, message.RiskySignIn)
	if e := k.eventsOf(ann)[0]; sent.Data["event"] != e.ID || sent.Data["username"] != ann.email {
		t.Errorf("data %v about event %s", sent.Data, e.ID)
	}
	p, err := k.settings().Pool(t.Context(), testPool)
	k.ok(err)
	if w := p.WordsFor(nil, &sent.Message); w.Subject != "seen" {
		t.Errorf("nothing is done about it, and %q is sent", w.Subject)
	}
	sent.Data["action"] = riskMFA
	own := &Client{ClientAPI: ClientAPI{Risk: &RiskConfiguration{AccountTakeover: AccountTakeover{Notify: NotifyConfiguration{MFA: NotifyEmail{Subject: "asked by the app"}}}}}}
	if w, other := p.WordsFor(nil, &sent.Message), p.WordsFor(own, &sent.Message); w.Subject != "asked" || other.Subject != "asked by the app" {
		t.Errorf("a second factor is asked for: %q, of the app %q", w.Subject, other.Subject)
	}
}
