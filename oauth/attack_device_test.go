package oauth

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

func (k *kit) guessUserCode(code string, from netip.Addr) error {
	_, err := k.DeviceErrand(context.Background(), testPool, code, from)
	return err
}

// TestAttackUserCodeGuessing: RFC 8628 §5.1.
func TestAttackUserCodeGuessing(t *testing.T) {
	k := startDevices(t)
	k.Identity.RateLimits = true
	begun, from := k.begunDevice(spa), netip.MustParseAddr("198.51.100.9")
	for range identity.WrongUserCodes.Burst {
		refused(t, k.guessUserCode("BBBB-BBBB", from), ExpiredToken)
	}
	if e := k.lastEvent("user_code_refused"); e.Address != from.String() {
		t.Errorf("the audit says %+v", e)
	}
	var often *TooOften
	if err := k.guessUserCode(begun.UserCode, from); !errors.As(err, &often) || often.Wait <= 0 || often.Wait > time.Minute {
		t.Errorf("the right code after many wrong ones: %v", err)
	}
	k.typed(begun.UserCode) // somebody else is not in their way
	k.wait(time.Minute)
	k.must(k.guessUserCode(begun.UserCode, from))
}

// TestAttackUserCodeGuessingFromManyAddresses: the pool has a limit of its own.
func TestAttackUserCodeGuessingFromManyAddresses(t *testing.T) {
	k := startDevices(t)
	k.Identity.RateLimits = true
	begun, from, tries := k.begunDevice(spa), netip.MustParseAddr("10.0.0.1"), 0
	for range 2 * identity.WrongUserCodesOfPool.Burst {
		if err := k.guessUserCode("CCCC-CCCC", from); errors.As(err, new(*TooOften)) {
			break
		}
		from, tries = from.Next(), tries+1
	}
	if tries != identity.WrongUserCodesOfPool.Burst {
		t.Errorf("%d guesses", tries)
	}
	if err := k.guessUserCode(begun.UserCode, from.Next()); !errors.As(err, new(*TooOften)) {
		t.Errorf("the pool's limit lets through: %v", err)
	}
}

// TestAttackUserCodeOracle: a code that was used, ran out or never was is answered
// alike.
func TestAttackUserCodeOracle(t *testing.T) {
	k := startDevices(t)
	auth := k.signIn("ann@example.test")
	used, old := k.begunDevice(spa), k.begunDevice(spa)
	k.allow(auth, k.typed(used.UserCode).ID)
	k.wait(deviceLife)
	want := k.guessUserCode("DDDD-DDDD", livingRoom).Error()
	for _, code := range []string{used.UserCode, old.UserCode, "", "not a code", strings.Repeat("B", 5000)} {
		if err := k.guessUserCode(code, livingRoom); err == nil || err.Error() != want {
			t.Errorf("%.20q: %v", code, err)
		}
	}
}

// TestAttackUserCodeInAStolenStore: eight letters are soon found from a plain hash.
func TestAttackUserCodeInAStolenStore(t *testing.T) {
	k := startDevices(t)
	begun := k.begunDevice(spa)
	plain := strings.ReplaceAll(begun.UserCode, "-", "")
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		e, err := errands.Get(r, hashOf(begun.DeviceCode))
		for _, guess := range []string{plain, begun.UserCode, hashOf(plain), hashOf(begun.UserCode)} {
			if e.UserCode == guess {
				t.Errorf("the store holds %q", guess)
			}
		}
		return err
	}))
}

// TestAttackCrossClientDeviceCode: a device code is its client's alone, and its pool's.
func TestAttackCrossClientDeviceCode(t *testing.T) {
	k := startDevices(t)
	begun := k.begunDevice(web)
	k.allow(k.signIn("ann@example.test"), k.typed(begun.UserCode).ID)
	for _, thief := range []identity.ClientID{web2, spa} {
		_, err := k.poll(thief, begun.DeviceCode)
		refused(t, err, InvalidGrant)
	}
	if _, err := k.DeviceErrand(context.Background(), otherPool, begun.UserCode, livingRoom); err == nil {
		t.Error("another pool knows the code")
	}
	_, err := k.poll(web, begun.DeviceCode)
	k.must(err)
}

// TestAttackDeviceAnsweredTwice: whoever denies first is not overruled.
func TestAttackDeviceAnsweredTwice(t *testing.T) {
	k := startDevices(t)
	begun, auth, ctx := k.begunDevice(spa), k.signIn("ann@example.test"), context.Background()
	id := k.typed(begun.UserCode).ID
	k.must(k.Deny(ctx, auth, testPool, id))
	_, err := k.Allow(ctx, auth, testPool, id)
	refused(t, err, ExpiredToken)
	_, err = k.poll(spa, begun.DeviceCode)
	refused(t, err, AccessDenied)
}
