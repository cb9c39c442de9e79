package account

import (
	"cmp"
	"net/http"
	"net/netip"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

func sessions(v *visit) *identity.Sessions {
	return &identity.Sessions{Core: v.Server().Identity}
}

func showPassword(v *visit) error {
	if !v.has.Password {
		if err := v.fresh(identity.SetOwnPassword); err != nil {
			return err
		}
	}
	return v.password(http.StatusOK, nil)
}

func showPasswordAgain(v *visit) error { return v.password(web.Unprocessable, nil) }

func (v *visit) password(status int, errs []layout.FieldError) error {
	if !v.passwords() {
		return &identity.Error{Code: identity.NotAllowed, Op: "account"}
	}
	return v.HTML(status, account.Password(account.PasswordProps{
		Frame: v.frame(account.PagePassword, errs), Action: v.Path("/account/password"), Rules: v.Rules(), First: !v.has.Password,
	}))
}

// changePassword sets a new password, or a first one; every other session ends.
func changePassword(v *visit) error {
	fields, notice := []string{"password", "new_password"}, "password"
	set := func() error {
		return accounts(v.Request).ChangePassword(v.Ctx(), v.auth, v.Form.Get("password"), v.Form.Get("new_password"), v.Origin())
	}
	if !v.has.Password {
		fields, notice = []string{"new_password"}, "password_set"
		set = func() error {
			return accounts(v.Request).SetPassword(v.Ctx(), v.auth, v.Form.Get("new_password"), v.Origin())
		}
	}
	if missing := v.Required(fields...); missing != nil {
		return v.password(web.Unprocessable, missing)
	}
	err := set()
	if err == nil {
		return v.See(v.Path("/account/password") + "?notice=" + notice)
	}
	if code, _ := identity.CodeOf(err); code == identity.FreshSignInNeeded {
		return err
	}
	errs, err := v.passwordComplaints(err)
	if err != nil {
		return err
	}
	return v.password(web.Unprocessable, errs)
}

// passwordComplaints speaks of the current password alone: here nobody has
// typed a name that could be wrong as well.
func (v *visit) passwordComplaints(err error) ([]layout.FieldError, error) {
	if code, _ := identity.CodeOf(err); code == identity.IncorrectPassword {
		return []layout.FieldError{{Field: "password", Text: v.T("error.incorrect_current")}}, nil
	}
	return v.Complaints(err, map[identity.Code]string{identity.PasswordRefused: "new_password"})
}

// browser names a browser in words.
func (v *visit) browser(userAgent string) string {
	return cmp.Or(web.Device(v.T, userAgent), v.T("device.unknown"))
}

// place answers roughly where an address is, as far as the server knows.
func (v *visit) place(address string) string {
	at, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	where := v.Server().Identity.Places.Of(at)
	return placeOf(where.City, where.Country)
}

func placeOf(city, country string) string {
	return strings.Trim(city+", "+country, ", ")
}

func showSessions(v *visit) error {
	all, err := sessions(v).List(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	props := account.SessionsProps{
		Frame: v.frame(account.PageSessions, nil), EndAction: v.Path("/account/sessions/end"), EndAllAction: v.Path("/account/sessions/endall"),
	}
	for _, s := range all {
		props.Sessions = append(props.Sessions, account.Session{
			ID: s.ID, Device: v.browser(s.UserAgent), Address: s.Address, Place: v.place(s.Address),
			SignedIn: v.Moment(s.AuthTime), LastSeen: v.Moment(s.LastSeen), Current: s.ID == v.auth.Session(),
		})
	}
	return v.HTML(http.StatusOK, account.Sessions(props))
}

// endSession ends one of the person's own sessions; another's is unknown here.
func endSession(v *visit) error {
	id := v.Form.Get("session")
	if id == v.auth.Session() {
		return signOut(v)
	}
	err := sessions(v).Revoke(v.Ctx(), v.Pool.ID, v.me.ID, id)
	if code, ok := identity.CodeOf(err); ok && code == identity.SessionEnded {
		err = nil // it is gone, which is what was asked for
	}
	if err != nil {
		return err
	}
	return v.See(v.Path("/account/sessions") + "?notice=ended")
}

// endAll signs the person out everywhere, here too.
func endAll(v *visit) error {
	if err := accounts(v.Request).SignOutEverywhere(v.Ctx(), v.auth); err != nil {
		return err
	}
	return signOut(v)
}
