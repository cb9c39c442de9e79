package hosted

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/device"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// The pages on which an app on another device is let in (RFC 8628 §3.3).
const (
	devicePath        = "/device"
	deviceConfirmPath = "/device/confirm"
)

func deviceRoutes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	return []web.Route{
		{Method: get, Path: devicePath, Handle: showDevice},
		{Method: post, Path: devicePath, Handle: takeUserCode, Again: showDeviceAgain},
		{Method: get, Path: deviceConfirmPath, Handle: showDeviceConfirm},
		{Method: post, Path: deviceConfirmPath, Handle: answerDevice, Again: backToDeviceConfirm},
		{Method: get, Path: "/device/done", Handle: showDeviceDone},
	}
}

// showDevice asks for the code. One that the address brings is put into the field:
// the person still compares and sends it (RFC 8628 §3.3.1).
func showDevice(r *web.Request) error {
	return devicePage(r, http.StatusOK, r.Arg("user_code"), nil)
}

func showDeviceAgain(r *web.Request) error {
	return devicePage(r, web.Unprocessable, r.Form.Get("user_code"), nil)
}

func devicePage(r *web.Request, status int, code string, errs []layout.FieldError) error {
	r.Ask = nil // the code says what the page is for
	page := r.Layout()
	page.Errors = errs
	return r.HTML(status, device.Enter(device.EnterProps{Page: page, Action: r.Path(devicePath), Code: shortCode(code)}))
}

// shortCode keeps a field from being filled with a page of text.
func shortCode(code string) string { return code[:min(len(code), 32)] }

// takeUserCode looks for the device that shows the code.
func takeUserCode(r *web.Request) error {
	code := r.Form.Get("user_code")
	if code == "" {
		return devicePage(r, web.Unprocessable, "", []layout.FieldError{{Field: "user_code", Text: r.T("device_page.lead")}})
	}
	found, err := r.Server().OAuth.DeviceErrand(r.Ctx(), r.Pool.ID, code, r.Origin().Address)
	if _, refused := oauth.CodeOf(err); refused {
		return devicePage(r, web.Unprocessable, code, []layout.FieldError{{Field: "user_code", Text: r.T("device_page.unknown")}})
	}
	if err != nil {
		return err
	}
	return r.See(r.Path(deviceConfirmURL(found.ID, found.UserCode)))
}

func deviceConfirmURL(id, code string) string {
	return deviceConfirmPath + "?" + url.Values{"id": {id}, "user_code": {code}}.Encode()
}

// showDeviceConfirm names the app and what it gets, once its person is signed in as
// the app demands.
func showDeviceConfirm(r *web.Request) error {
	return deviceConfirm(r, http.StatusOK, r.Arg("id"), r.Arg("user_code"))
}

func backToDeviceConfirm(r *web.Request) error {
	return deviceConfirm(r, web.Unprocessable, r.Form.Get("id"), r.Form.Get("user_code"))
}

func deviceConfirm(r *web.Request, status int, id, code string) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	errand, reason, err := r.Server().OAuth.ErrandOf(r.Ctx(), auth, r.Pool.ID, id)
	if _, refused := oauth.CodeOf(err); refused || err == nil && !errand.Shows(code) {
		return deviceDone(r, http.StatusGone, device.Gone)
	}
	if err != nil {
		return err
	}
	if reason != "" {
		return signInFor(r, reason, deviceConfirmURL(id, code), errand.Client.ID)
	}
	me, _, err := accounts(r).Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	r.Ask = nil
	client := &errand.Client
	props := device.ConfirmProps{
		Page: r.Layout(), Action: r.Path(deviceConfirmPath), ID: id, Code: oauth.SpacedUserCode(code), App: nameOfApp(r, client),
		Stranger: client.RegisteredBy != "", Host: web.HostOfDocument(client),
		Name: web.NameOf(&me), Gets: r.Gets(oauth.Gets{Scopes: errand.Scopes, Details: errand.Details}), Where: whence(r, errand.Address),
	}
	props.Styles = append(props.Styles, gets.Styles)
	return r.HTML(status, device.Confirm(props))
}

// signInFor leads to the sign-in that a page of ours needs for an app, and back to it.
func signInFor(r *web.Request, reason, page string, client identity.ClientID) error {
	r.Ask = &web.Asked{Page: page, Client: client, At: r.Now()}
	if reason == oauth.LoginLeaving {
		return r.See(r.To("/account/leaving"))
	}
	return r.See(r.To("/login", "notice", "sign_in"))
}

func nameOfApp(r *web.Request, c *identity.Client) string {
	if name := c.Said("client_name", r.Lang); name != "" {
		return name
	}
	return r.Pool.Name
}

// whence says where an address is, as far as the server knows.
func whence(r *web.Request, address string) string {
	at, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	place := r.Server().Identity.Places.Of(at)
	return strings.Trim(strings.Trim(place.City+", "+place.Country, ", ")+" ("+address+")", " ")
}

// answerDevice takes what the person decided.
func answerDevice(r *web.Request) error {
	id, code := r.Form.Get("id"), r.Form.Get("user_code")
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	errand, reason, err := r.Server().OAuth.ErrandOf(r.Ctx(), auth, r.Pool.ID, id)
	if err == nil && !errand.Shows(code) {
		return deviceDone(r, http.StatusGone, device.Gone)
	}
	state := device.Denied
	switch {
	case err != nil || reason == oauth.LoginNone:
	case r.Form.Get("answer") == "allow":
		state = device.Allowed
		reason, err = r.Server().OAuth.Allow(r.Ctx(), auth, r.Pool.ID, id)
	default:
		reason, err = "", r.Server().OAuth.Deny(r.Ctx(), auth, r.Pool.ID, id)
	}
	if _, refused := oauth.CodeOf(err); refused {
		return deviceDone(r, http.StatusGone, device.Gone)
	}
	if err != nil {
		return err
	}
	if reason != "" {
		return signInFor(r, reason, deviceConfirmURL(id, code), errand.Client.ID)
	}
	return r.See(r.Path("/device/done") + "?state=" + state)
}

func showDeviceDone(r *web.Request) error {
	return deviceDone(r, http.StatusOK, r.Arg("state"))
}

func deviceDone(r *web.Request, status int, state string) error {
	r.Ask = nil
	return r.HTML(status, device.Done(device.DoneProps{Page: r.Layout(), State: state, AgainURL: r.Path(devicePath)}))
}
