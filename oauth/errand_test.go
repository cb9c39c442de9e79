package oauth

import (
	"testing"

	"poolhouse.dev/identity"
)

// A client that names an API it may not have tokens for has made a mistake, and is not
// to lose what its person allowed.
func TestARequestForTheWrongAPISpendsNothing(t *testing.T) {
	k := startDevices(t)
	ann := k.signIn("ann@example.test")
	device := k.begunDevice(web)
	shown, err := k.DeviceErrand(t.Context(), testPool, device.UserCode, livingRoom)
	k.must(err)
	_, err = k.Allow(t.Context(), ann, testPool, shown.ID)
	k.must(err)
	for name, form := range map[string][]string{
		"a code":        {"grant_type", identity.GrantCode, "code", k.code(ann, request(web)), "redirect_uri", callback, "code_verifier", verifier},
		"a device code": {"grant_type", identity.GrantDevice, "device_code", device.DeviceCode},
	} {
		t.Run(name, func(t *testing.T) {
			for _, wrong := range [][]string{{"resource", "https://unknown.example.test"}, {"resource", "no URI"}} {
				_, err := k.token(web, append(form, wrong...)...)
				refused(t, err, InvalidTarget)
			}
			_, err := k.token(web, append(form, "authorization_details", `[{"type":"unknown"}]`)...)
			refused(t, err, InvalidAuthorizationDetails)
			if _, err := k.token(web, form...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAttackAnAllowedRequestOutlivesTheDisconnectionOfItsApp(t *testing.T) {
	k := startDevices(t)
	ann, device := k.signIn("ann@example.test"), k.begunDevice(web)
	shown, err := k.DeviceErrand(t.Context(), testPool, device.UserCode, livingRoom)
	k.must(err)
	_, err = k.Allow(t.Context(), ann, testPool, shown.ID)
	k.must(err)
	k.must(k.Disconnect(t.Context(), testPool, ann.User(), web, identity.Origin{}))
	_, err = k.token(web, "grant_type", identity.GrantDevice, "device_code", device.DeviceCode)
	refused(t, err, InvalidGrant)
}
