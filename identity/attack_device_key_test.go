package identity

import (
	"strings"
	"testing"
	"time"
)

// MF-09: a device that was confirmed with the password alone does not do
// without the second factor that its person sets up later.
func TestAttackDeviceConfirmedWithThePasswordAlone(t *testing.T) {
	a := newApp(t)
	thief := a.enter()
	a.device = thief.NewDevice
	if _, err := a.confirm(a.device); err != nil {
		t.Fatal(err)
	}
	if err := (&Devices{a.core}).UpdateStatus(t.Context(), a.auth, a.device.Key, true, a.origin(1)); err != nil {
		t.Fatal(err)
	}
	a.ann.withApp()
	a.wait(time.Hour)
	step, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskTOTP)
	// With the code it is as good as one confirmed after it.
	step, err = a.respond(step, CodeAnswer{FactorTOTP, a.ann.shown()}, a.origin(1))
	if err != nil || step.Done == nil || step.Done.NewDevice != nil {
		t.Fatalf("%+v, %v", step, err)
	}
	step, err = a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskDevice)
}

// MF-09: what ends the trust in a device.
func TestAttackDeviceThatIsTrustedNoMore(t *testing.T) {
	for name, end := range map[string]func(a *app){
		"signed out everywhere": func(a *app) { a.change(a.ann.User, func(u *User) { u.Epoch++ }) },
		"forgotten": func(a *app) {
			if err := a.admin().ForgetDevice(t.Context(), testPool, "ann@example.test", a.device.Key); err != nil {
				t.Fatal(err)
			}
		},
		"not remembered": func(a *app) {
			if err := a.admin().RememberDevice(t.Context(), testPool, "ann@example.test", a.device.Key, false); err != nil {
				t.Fatal(err)
			}
		},
		"the pool remembers none": func(a *app) { a.pool(func(p *Pool) { p.Devices.ChallengeRequiredOnNewDevice = false }) },
	} {
		a := settled(t)
		half, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
		a.asks(half, err, AskDevice)
		_, offer, err := a.offer(half, 0, a.origin(1))
		if err != nil {
			t.Fatal(err)
		}
		end(a)
		proof := srpProof(a, a.device.GroupKey, a.device.Key, deviceWord, offer.Salt, offer.B, offer.SecretBlock, a.clock())
		if step, err := a.respond(half, DeviceAnswer{proof}, a.origin(1)); err == nil && (step.Challenge == nil || step.Challenge.Name != AskTOTP) {
			t.Errorf("%s, in the middle of a sign-in: %+v", name, step)
		}
		a.wait(time.Hour)
		step := a.begin(a.device.Key)
		next, err := a.respond(step, PasswordAnswer{goodWord}, a.origin(1))
		if name == "forgotten" {
			a.refused(err, ResourceNotFound)
			next, err = a.respond(step, PasswordAnswer{goodWord}, a.origin(1))
		}
		if err != nil || next.Challenge == nil || next.Challenge.Name != AskTOTP {
			t.Errorf("%s: %+v, %v", name, next.Challenge, err)
		}
	}
}

func TestAttackDeviceOfSomebodyElse(t *testing.T) {
	a := settled(t)
	ben := a.person("ben@example.test")
	ben.withApp()
	step, err := a.signIn().Begin(t.Context(), Start{
		Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ben@example.test", API: true, DeviceKey: a.device.Key, Origin: a.origin(1),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.respond(step, PasswordAnswer{goodWord}, a.origin(1))
	a.refused(err, ResourceNotFound)

	devices := &Devices{a.core}
	next, err := a.respond(step, PasswordAnswer{goodWord}, a.origin(1))
	a.asks(next, err, AskTOTP)
	next, err = a.respond(next, CodeAnswer{FactorTOTP, ben.shown()}, a.origin(1))
	if err != nil || next.Done == nil {
		t.Fatal(err)
	}
	_, err = devices.Get(t.Context(), next.Done.Auth, a.device.Key)
	a.refused(err, ResourceNotFound)
	a.refused(devices.Forget(t.Context(), next.Done.Auth, a.device.Key, a.origin(1)), ResourceNotFound)
	annsOwn := a.auth
	a.auth = next.Done.Auth
	for _, key := range []string{a.device.Key, next.Done.NewDevice.Key + "0", "local_" + strings.Repeat("0", 36), "", "other_" + next.Done.NewDevice.Key[6:]} {
		_, err := a.confirm(&NewDevice{Key: key, GroupKey: "-x"})
		a.refused(err, ResourceNotFound)
	}
	a.auth = annsOwn
	_, err = a.confirm(a.device)
	a.refused(err, InvalidState) // a stolen access token does not replace the verifier
}

// A device's key is no secret: it stands in lists and tokens.
func TestAttackDeviceKeyAsACookie(t *testing.T) {
	a := settled(t)
	id, _ := (&Pool{ID: testPool}).deviceID(a.device.Key)
	for _, cookie := range []string{a.device.Key, id, keyedHash(id), "key:" + id} {
		o := a.origin(9)
		o.Browser = cookie
		a.wait(time.Hour)
		step, err := a.try("ann@example.test", goodWord, o)
		a.asks(step, err, AskTOTP)
	}
}

// EN-09: the device's password is guessed on the same count.
func TestAttackGuessingADevicesPassword(t *testing.T) {
	a := settled(t)
	a.wait(time.Hour)
	step, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskDevice)
	for range freeTries - 1 {
		_, err = a.onDevice(step, a.device.Key, "guess")
		a.refused(err, IncorrectPassword)
	}
	_, err = a.onDevice(step, a.device.Key, deviceWord)
	a.refused(err, TooManyAttempts)
	_, err = a.try("ann@example.test", goodWord, a.origin(2))
	a.refused(err, TooManyAttempts)
}

// Under risk a device stands in for nothing, and is not asked.
func TestAttackDeviceUnderRisk(t *testing.T) {
	a := settled(t)
	a.pool(func(p *Pool) {
		p.AddOns.AdvancedSecurityMode = "ENFORCED"
		act := RiskAction{EventAction: riskMFA}
		p.Risk.AccountTakeover.Actions = RiskActions{Low: act, Medium: act, High: act}
	})
	o := a.origin(77)
	step, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, o)
	a.asks(step, err, AskTOTP)
}
