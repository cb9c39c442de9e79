package account

import (
	"cmp"
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

func sessions(v *visit) *identity.Sessions {
	return &identity.Sessions{Core: v.Server().Identity}
}

func showPassword(v *visit) error { return v.password(http.StatusOK, nil) }

func showPasswordAgain(v *visit) error { return v.password(web.Unprocessable, nil) }

func (v *visit) password(status int, errs []layout.FieldError) error {
	return v.HTML(status, account.Password(account.PasswordProps{
		Frame: v.frame(account.PagePassword, errs), Action: v.Path("/account/password"), Rules: v.Rules(),
	}))
}

// changePassword sets a new password; every other session ends.
func changePassword(v *visit) error {
	if missing := v.Required("password", "new_password"); missing != nil {
		return v.password(web.Unprocessable, missing)
	}
	err := accounts(v.Request).ChangePassword(v.Ctx(), v.auth, v.Form.Get("password"), v.Form.Get("new_password"), v.Origin())
	if err == nil {
		return v.See(v.Path("/account/password") + "?notice=password")
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
			ID: s.ID, Device: cmp.Or(web.Device(v.T, s.UserAgent), v.T("device.unknown")), Address: s.Address, SignedIn: v.Moment(s.AuthTime), LastSeen: v.Moment(s.LastSeen),
			Current: s.ID == v.auth.Session(),
		})
	}
	return v.HTML(http.StatusOK, account.Sessions(props))
}

func backToSessions(v *visit) error { return v.See(v.Path("/account/sessions")) }

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

func showDelete(v *visit) error { return v.deletePage(http.StatusOK, nil) }

func showDeleteAgain(v *visit) error { return v.deletePage(web.Unprocessable, nil) }

func (v *visit) deletePage(status int, errs []layout.FieldError) error {
	return v.HTML(status, account.Delete(account.DeleteProps{
		Frame: v.frame(account.PageDelete, errs), Action: v.Path("/account/delete"), NeedPassword: true,
	}))
}

// deleteAccount deletes the account for good, once the password was given.
func deleteAccount(v *visit) error {
	if missing := v.Required("password"); missing != nil {
		return v.deletePage(web.Unprocessable, missing)
	}
	err := accounts(v.Request).Delete(v.Ctx(), v.auth, v.Form.Get("password"), v.Origin())
	if err == nil {
		if err := v.SignOut(); err != nil {
			return err
		}
		return v.See(v.Path("/login") + "?notice=deleted")
	}
	errs, err := v.passwordComplaints(err)
	if err != nil {
		return err
	}
	return v.deletePage(web.Unprocessable, errs)
}

// passwordComplaints speaks of the current password alone: here nobody has
// typed a name that could be wrong as well.
func (v *visit) passwordComplaints(err error) ([]layout.FieldError, error) {
	if code, _ := identity.CodeOf(err); code == identity.IncorrectPassword {
		return []layout.FieldError{{Field: "password", Text: v.T("error.incorrect_current")}}, nil
	}
	return v.Complaints(err, map[identity.Code]string{identity.PasswordRefused: "new_password"})
}
