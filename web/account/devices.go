package account

import (
	"cmp"
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

func devices(v *visit) *identity.Devices { return &identity.Devices{Core: v.Server().Identity} }

func showDevices(v *visit) error { return v.devicesPage(http.StatusOK, nil) }

func (v *visit) devicesPage(status int, errs []layout.FieldError) error {
	all, err := devices(v).List(v.Ctx(), v.auth, v.Cookie(web.BrowserCookie))
	if err != nil {
		return err
	}
	props := account.DevicesProps{
		Frame: v.frame(account.PageDevices, errs), RenameAction: v.Path("/account/devices/rename"), ForgetAction: v.Path("/account/devices/forget"),
		Remembers: v.Pool.Devices != nil && v.Pool.Devices.ChallengeRequiredOnNewDevice,
	}
	for _, d := range all {
		browser := v.browser(d.UserAgent)
		shown := account.Device{
			ID: d.ID, Name: cmp.Or(d.Name, browser), Browser: browser, Address: d.Address, Place: v.place(d.Address),
			LastSeen: v.Moment(d.LastSeen), Remembered: d.Remembered, Current: d.Here,
		}
		if !d.FirstSeen.IsZero() {
			shown.FirstSeen = v.Moment(d.FirstSeen)
		}
		props.Devices = append(props.Devices, shown)
	}
	return v.HTML(status, account.Devices(props))
}

func renameDevice(v *visit) error {
	id := v.Form.Get("device")
	err := devices(v).Rename(v.Ctx(), v.auth, id, v.nameTyped())
	if code, ok := identity.CodeOf(err); ok && code == identity.InvalidParameter {
		return v.devicesPage(web.Unprocessable, []layout.FieldError{{Field: "name-" + id, Text: v.T("account.name_wrong")}})
	}
	return v.deviceDone(err, "renamed")
}

func forgetDevice(v *visit) error {
	return v.deviceDone(devices(v).Forget(v.Ctx(), v.auth, v.Form.Get("device"), v.Origin()), "forgotten")
}

// deviceDone leads back to the list. A device that is gone, or is somebody
// else's, is not in it.
func (v *visit) deviceDone(err error, notice string) error {
	if code, ok := identity.CodeOf(err); ok && (code == identity.ResourceNotFound || code == identity.FactorNotFound) {
		return v.See(v.Path("/account/devices"))
	}
	if err != nil {
		return err
	}
	return v.See(v.Path("/account/devices") + "?notice=" + notice)
}
