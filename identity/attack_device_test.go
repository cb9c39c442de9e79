package identity

import (
	"testing"
	"time"
)

// A browser that stands in for the second factor, where it must not any more.

// remembered signs in fully, and answers the origin of the browser from then on.
func (p *person) remembered() Origin {
	p.Helper()
	step := p.half()
	done := p.isIn(p.respond(step, CodeAnswer{FactorTOTP, p.shown()}, Origin{}))
	p.wait(time.Minute)
	o := Origin{Browser: done.Browser}
	p.login(o) // the second factor is not asked here
	return o
}

// asksAgain wants the second factor asked in a browser.
func (p *person) asksAgain(word string, o Origin) {
	p.Helper()
	step, err := p.reply(p.start(p.email, FactorPassword, testChannel, o), testChannel, PasswordAnswer{word}, o)
	p.asks(step, err, AskTOTP)
}

func TestAttackRememberedBrowserThatMustAskAgain(t *testing.T) {
	for what, happens := range map[string]func(k *kit, ann *person, o Origin){
		"after thirty days": func(k *kit, _ *person, _ Origin) { k.wait(rememberedFor) },
		"after a sign-out everywhere": func(k *kit, ann *person, _ Origin) {
			k.ok(k.admin().SignOut(t.Context(), testPool, ann.email))
		},
		"when the pool remembers no more": func(k *kit, _ *person, _ Origin) { k.pool(func(p *Pool) { p.Devices = nil }) },
	} {
		t.Run(what, func(t *testing.T) {
			k := newFactorKit(t, remembers)
			ann := k.person("ann@example.test").withApp()
			o := ann.remembered()
			happens(k, ann, o)
			ann.asksAgain(goodWord, o)
		})
	}
}

func TestAttackRememberedBrowserAfterAReset(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann := k.person("ann@example.test").withApp()
	o := ann.remembered()
	_, err := k.forgot(ann.email)
	k.ok(err)
	k.ok(k.reset(ann.email, k.sent(ann.email), otherWord))
	ann.asksAgain(otherWord, o)
}

func TestAttackRememberedBrowserOfAnotherPerson(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann, bob := k.person("ann@example.test").withApp(), k.person("bob@example.test").withApp()
	o := bob.remembered()
	ann.asksAgain(goodWord, o)
	ann.asksAgain(goodWord, Origin{Browser: "guessed"})
	bob.login(o)
}

// An attempt that was opened in a remembered browser, and goes on when the
// browser is remembered no more.
func TestAttackAttemptFromBeforeTheBrowserWasForgotten(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann := k.person("ann@example.test").withApp()
	o := ann.remembered()
	step := k.start(ann.email, FactorPassword, testChannel, o)
	k.ok(k.admin().SignOut(t.Context(), testPool, ann.email))
	step, err := k.reply(step, testChannel, PasswordAnswer{goodWord}, o)
	k.asks(step, err, AskTOTP)
}

func TestAttackBrowserRememberedWithoutASecondFactor(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann := k.person("ann@example.test")
	o := Origin{Browser: ann.login(Origin{}).Browser}
	ann.withApp()
	ann.asksAgain(goodWord, o)
}

// A remembered browser does not renew itself: thirty days after the second
// factor was proven it is asked, however often one signed in meanwhile.
func TestAttackRememberedBrowserThatRenewsItself(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann := k.person("ann@example.test").withApp()
	o := ann.remembered()
	for range 5 {
		k.wait(6*24*time.Hour - time.Hour)
		ann.login(o)
	}
	k.wait(24 * time.Hour)
	ann.asksAgain(goodWord, o)
}

func TestAttackBrowserRememberedWithoutBeingAskedTo(t *testing.T) {
	k := newFactorKit(t, remembers, func(p *Pool) { p.Devices.DeviceOnlyRememberedOnUserPrompt = true })
	ann := k.person("ann@example.test").withApp()
	done := ann.isIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
	ann.asksAgain(goodWord, Origin{Browser: done.Browser})
}

func TestAttackPlantedBrowserCookie(t *testing.T) {
	k := newFactorKit(t, remembers)
	ann := k.person("ann@example.test").withApp()
	planted := Origin{Browser: "a-secret-that-somebody-else-knows"}
	step, err := ann.reply(ann.start(ann.email, FactorPassword, testChannel, planted), testChannel, PasswordAnswer{goodWord}, planted)
	step = ann.asks(step, err, AskTOTP)
	done := ann.isIn(ann.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, planted))
	if done.Browser == "" {
		t.Error("the planted secret was taken over, want a fresh one")
	}
	ann.wait(time.Minute)
	ann.asksAgain(goodWord, planted)
}
