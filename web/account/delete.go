package account

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

func showDelete(v *visit) error {
	if !v.has.Password {
		if err := v.fresh(identity.DeleteAccount); err != nil {
			return err
		}
	}
	return v.deletePage(http.StatusOK, nil)
}

func showDeleteAgain(v *visit) error { return v.deletePage(web.Unprocessable, nil) }

func (v *visit) deletePage(status int, errs []layout.FieldError) error {
	return v.HTML(status, account.Delete(account.DeleteProps{
		Frame: v.frame(account.PageDelete, errs), Action: v.Path("/account/delete"), NeedPassword: v.has.Password,
		GraceDays: v.Pool.AccountDeletion.GraceDays,
	}))
}

// deleteAccount deletes the account, at once or after the pool's grace period,
// once the password was given or the person has just signed in without one.
func deleteAccount(v *visit) error {
	if v.has.Password {
		if missing := v.Required("password"); missing != nil {
			return v.deletePage(web.Unprocessable, missing)
		}
	}
	err := accounts(v.Request).Delete(v.Ctx(), v.auth, v.Form.Get("password"), v.Origin())
	if code, _ := identity.CodeOf(err); code == identity.FreshSignInNeeded {
		return err
	}
	if err != nil {
		errs, err := v.passwordComplaints(err)
		if err != nil {
			return err
		}
		return v.deletePage(web.Unprocessable, errs)
	}
	if err := v.SignOut(); err != nil {
		return err
	}
	if v.Pool.AccountDeletion.GraceDays > 0 {
		return v.See(v.Path("/account/goodbye"))
	}
	return v.See(v.Path("/login") + "?notice=deleted")
}

// leaving is for whoever has signed in to an account that is about to go. It
// keeps the app's request, which is served once the account is kept.
func leaving(handle func(*visit) error) web.Handler {
	return func(r *web.Request) error {
		return orSignIn(r, func(v *visit) error {
			if v.me.DeleteAt.IsZero() {
				return v.See(v.Back())
			}
			return handle(v)
		})
	}
}

func showLeaving(v *visit) error {
	if _, err := v.Asking(); err != nil {
		return err
	}
	return v.HTML(http.StatusOK, account.Leaving(account.LeavingProps{
		Page: v.Layout(), Name: web.NameOf(&v.me), On: v.Day(v.me.DeleteAt),
		KeepAction: v.Path("/account/leaving/keep"), LeaveAction: v.Path("/account/leaving/leave"),
	}))
}

// keepAccount takes the deletion back, and goes on to where the person was going.
func keepAccount(v *visit) error {
	err := accounts(v.Request).Keep(v.Ctx(), v.auth, v.Origin())
	if code, ok := identity.CodeOf(err); ok && code == identity.InvalidState {
		err = nil // it is kept already
	}
	if err != nil {
		return err
	}
	if !v.ForApp() {
		return v.See(v.Path("/account") + "?notice=staying")
	}
	return v.See(v.Back())
}

// showGoodbye says what happens now to an account that its person deleted.
func showGoodbye(r *web.Request) error {
	if r.Pool.AccountDeletion.GraceDays == 0 {
		return r.See(r.Path("/login") + "?notice=deleted")
	}
	return r.HTML(http.StatusOK, account.Goodbye(account.GoodbyeProps{
		Page: r.Layout(), GraceDays: r.Pool.AccountDeletion.GraceDays, SignInURL: r.Path("/login"),
	}))
}
