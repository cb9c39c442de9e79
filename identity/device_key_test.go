package identity

import (
	"context"
	"crypto/sha256"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// tracked remembers devices, and asks everybody for an app's code.
func tracked(p *Pool) {
	p.Devices = &DeviceConfiguration{ChallengeRequiredOnNewDevice: true}
	p.MFAConfiguration = "OPTIONAL"
}

const deviceWord = "forty random bytes"

// app is an app that signs ann in through the API, with what it keeps.
type app struct {
	*kit
	ann    *person
	device *NewDevice
	word   string // the password it made up for the device
	auth   Authentication
}

func newApp(t *testing.T, settings ...func(*Pool)) *app {
	k := newKit(t, append([]func(*Pool){tracked}, settings...)...)
	return &app{kit: k, ann: k.person("ann@example.test"), word: deviceWord}
}

func (a *app) begin(key string) Step {
	a.Helper()
	step, err := a.signIn().Begin(context.Background(), Start{
		Pool: testPool, Client: testClient, Channel: testChannel, Identifier: a.ann.Attributes[attrEmail], Prefer: FactorPassword, API: true,
		DeviceKey: key, Origin: a.origin(1),
	})
	if err != nil {
		a.Fatal(err)
	}
	return step
}

// enter signs in with password and, where it is asked, the app's code; on the
// device where it has one.
func (a *app) enter() *SignedIn {
	a.Helper()
	a.wait(time.Hour)
	key := ""
	if a.device != nil {
		key = a.device.Key
	}
	step, err := a.respond(a.begin(key), PasswordAnswer{goodWord}, a.origin(1))
	if err == nil && step.Challenge != nil && step.Challenge.Name == AskDevice {
		step, err = a.onDevice(step, a.device.Key, a.word)
	}
	if err == nil && step.Challenge != nil && step.Challenge.Name == AskTOTP {
		step, err = a.respond(step, CodeAnswer{FactorTOTP, a.ann.shown()}, a.origin(1))
	}
	if err != nil || step.Done == nil {
		a.Fatalf("%+v, %v", step.Challenge, err)
	}
	a.auth = step.Done.Auth
	return step.Done
}

// onDevice answers for the device.
func (a *app) onDevice(step Step, key, word string) (Step, error) {
	a.Helper()
	_, offer, err := a.offer(step, 0, a.origin(1))
	if err != nil {
		return Step{}, err
	}
	proof := srpProof(a, a.device.GroupKey, key, word, offer.Salt, offer.B, offer.SecretBlock, a.clock())
	return a.respond(step, DeviceAnswer{proof}, a.origin(1))
}

// confirm registers the device as Cognito's clients do.
func (a *app) confirm(d *NewDevice) (bool, error) {
	a.Helper()
	salt := []byte{0x00, 0xc0, 0xff, 0xee, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	inner := sha256.Sum256([]byte(d.GroupKey + d.Key + ":" + a.word))
	v := new(big.Int).Exp(big.NewInt(2), hashed(padded(new(big.Int).SetBytes(salt)), inner[:]), srpN)
	devices := &Devices{a.core}
	return devices.Confirm(context.Background(), a.auth, ConfirmDevice{Key: d.Key, Salt: salt, Verifier: padded(v), Name: "Ann's phone", Origin: a.origin(1)})
}

// settled is an app whose device is remembered after a sign-in with two factors.
func settled(t *testing.T, settings ...func(*Pool)) *app {
	a := newApp(t, settings...)
	a.ann.withApp()
	a.device = a.enter().NewDevice
	if ask, err := a.confirm(a.device); err != nil || ask {
		t.Fatal(ask, err)
	}
	return a
}

func TestANewDeviceGetsAKeyWhichThePoolMustWant(t *testing.T) {
	a := newApp(t)
	d := a.enter().NewDevice
	if d == nil || !strings.HasPrefix(d.Key, "local_") || len(d.Key) != len("local_")+36 || !strings.HasPrefix(d.GroupKey, "-") || len(d.GroupKey) > 20 {
		t.Fatalf("%+v", d)
	}
	if again := a.enter().NewDevice; again == nil || again.Key == d.Key {
		t.Errorf("%+v", again)
	}
	if browser := a.in("ann@example.test", a.origin(2)); browser.NewDevice != nil || browser.Browser == "" {
		t.Error("a browser keeps a cookie, not a key")
	}
	a.pool(func(p *Pool) { p.Devices = nil })
	if got := a.enter().NewDevice; got != nil {
		t.Errorf("%+v", got)
	}
	_, err := a.confirm(d)
	a.refused(err, InvalidState)
}

func TestARememberedDeviceStandsInForTheSecondFactor(t *testing.T) {
	a := settled(t)
	step, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskDevice)
	_, err = a.onDevice(step, a.device.Key, "another password")
	a.refused(err, IncorrectPassword)
	step, err = a.onDevice(step, a.device.Key, deviceWord)
	if err != nil || step.Done == nil || step.Done.NewDevice != nil || !step.Done.Auth.Twice() || !slices.Contains(step.Done.Auth.Methods(), "swk") {
		t.Fatalf("%+v, %v", step, err)
	}
	a.device = nil
	step, err = a.respond(a.begin(""), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskTOTP)
}

func TestADeviceIsRememberedWhenItsPersonSaysSo(t *testing.T) {
	a := newApp(t, func(p *Pool) { p.Devices.DeviceOnlyRememberedOnUserPrompt = true })
	a.ann.withApp()
	a.device = a.enter().NewDevice
	if ask, err := a.confirm(a.device); err != nil || !ask {
		t.Fatal(ask, err)
	}
	devices := &Devices{a.core}
	for _, remembered := range []bool{false, true, false} {
		if err := devices.UpdateStatus(t.Context(), a.auth, a.device.Key, remembered, a.origin(1)); err != nil {
			t.Fatal(err)
		}
		step, err := a.respond(a.begin(a.device.Key), PasswordAnswer{goodWord}, a.origin(1))
		if want := map[bool]ChallengeName{true: AskDevice, false: AskTOTP}[remembered]; err != nil || step.Challenge == nil || step.Challenge.Name != want {
			t.Errorf("remembered %v: %+v, %v", remembered, step.Challenge, err)
		}
		if d, err := devices.Get(t.Context(), a.auth, a.device.Key); err != nil || d.Remembered != remembered || d.Name != "Ann's phone" || d.Key != a.device.Key {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

// Clients drop their device at this refusal, and send the same answer again.
func TestAnUnknownDeviceIsSaidOnceAWayInIsProven(t *testing.T) {
	a := settled(t)
	if err := (&Devices{a.core}).Forget(t.Context(), a.auth, a.device.Key, a.origin(1)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{a.device.Key, "local_00000000-0000-4000-8000-000000000000", "elsewhere"} {
		a.wait(time.Hour)
		step := a.begin(key)
		_, err := a.respond(step, PasswordAnswer{otherWord}, a.origin(1))
		a.refused(err, IncorrectPassword)
		_, err = a.answerTurn(step, step.Turn, PasswordAnswer{goodWord}, a.origin(1))
		if e := a.refused(err, ResourceNotFound); e.Field != "device_key" {
			t.Error(e)
		}
		next, err := a.answerTurn(step, step.Turn, PasswordAnswer{goodWord}, a.origin(1))
		a.asks(next, err, AskTOTP)
	}
}

func TestADeviceMayBeShownWithALaterAnswer(t *testing.T) {
	a := settled(t)
	step := a.begin("")
	next, err := a.signIn().Respond(t.Context(), Reply{
		Attempt: step.Attempt, Channel: testChannel, Turn: step.Turn, Answer: PasswordAnswer{goodWord}, DeviceKey: a.device.Key, Origin: a.origin(1),
	})
	a.asks(next, err, AskDevice)
	if step, err := a.onDevice(next, a.device.Key, deviceWord); err != nil || step.Done == nil {
		t.Error(err)
	}
}

func TestDevicesAreListedInPages(t *testing.T) {
	a := newApp(t)
	for range 5 {
		if _, err := a.confirm(a.enter().NewDevice); err != nil {
			t.Fatal(err)
		}
	}
	devices, after := &Devices{a.core}, ""
	var keys []string
	for {
		page, more, err := devices.Page(t.Context(), a.auth, 2, after)
		if err != nil || len(page) == 0 || len(page) > 2 {
			t.Fatal(len(page), err)
		}
		for _, d := range page {
			keys = append(keys, d.Key)
		}
		after = keys[len(keys)-1]
		if !more {
			break
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(keys)))) != 5 || len(keys) != 5 {
		t.Error(keys)
	}
	byAdmin, more, err := a.admin().DevicePage(t.Context(), testPool, "ann@example.test", 60, keys[3])
	if err != nil || more || len(byAdmin) != 1 || byAdmin[0].Key != keys[4] {
		t.Errorf("%+v, %v", byAdmin, err)
	}
}

func TestTheLongestUnusedOfManyDevicesGoes(t *testing.T) {
	a := newApp(t)
	first := a.enter().NewDevice
	if _, err := a.confirm(first); err != nil {
		t.Fatal(err)
	}
	a.update(func(w storage.Writer) error {
		for range maxDevices {
			d := a.core.newDevice(&Pool{ID: testPool}, &a.ann.User)
			id, _ := (&Pool{ID: testPool}).deviceID(d.Key)
			if err := knownBrowsers.Put(w, Device{
				PoolID: testPool, UserID: a.ann.ID, Hash: keyedHash(id), ID: id, Verifier: storage.Sealed{1}, LastSeen: a.clock(),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := a.confirm(a.enter().NewDevice); err != nil {
		t.Fatal(err)
	}
	_, err := (&Devices{a.core}).Get(t.Context(), a.auth, first.Key)
	a.refused(err, ResourceNotFound)
}
