package hosted

import (
	"net/http"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/backup"
	"poolhouse.dev/views/upgrade"
	"poolhouse.dev/web"
)

func factors(r *web.Request) *identity.Factors { return &identity.Factors{Core: r.Server().Identity} }

// arrive ends a sign-in: the browser gets its session and goes on to the app,
// by way of a page of ours where one may help.
func arrive(r *web.Request, done *identity.SignedIn) error {
	if err := r.SignedIn(done); err != nil {
		return err
	}
	if done.Enrolled != "" {
		return r.See(r.To(backupPath))
	}
	has, err := factors(r).List(r.Ctx(), done.Auth)
	if err != nil {
		return err
	}
	switch {
	case upgrades(r) != "" && mayUpgrade(done.Auth, &has):
		return r.See(r.To(upgradePath))
	case hangsOnOneKey(&has) && r.Cookie(spareCookie) == "":
		return r.See(r.To(backupPath))
	}
	return r.See(r.Back())
}

// upgrades answers "1" when the browser said with its password that it can make
// a passkey by itself.
func upgrades(r *web.Request) string {
	if r.Form.Get("upgrade") == "1" || r.Arg("upgrade") == "1" {
		return "1"
	}
	return ""
}

// mayUpgrade says that a passkey could take the place of the password just used.
func mayUpgrade(auth identity.Authentication, has *identity.FactorList) bool {
	return takesPasskeys(has) && len(has.Passkeys) == 0 && slices.Contains(auth.Methods(), "pwd")
}

func takesPasskeys(has *identity.FactorList) bool {
	return has.Site != "" && (slices.Contains(has.Ways, identity.FactorPasskey) || slices.Contains(has.Kinds, identity.FactorPasskey))
}

// hangsOnOneKey says that the loss of one passkey shuts the person out.
func hangsOnOneKey(has *identity.FactorList) bool {
	password := has.Password && slices.Contains(has.Ways, identity.FactorPassword)
	return !password && len(has.Passkeys) == 1 && has.Recovery.Left == 0 && has.App == nil && spares(has)
}

// spares says that there is a spare way in to be offered.
func spares(has *identity.FactorList) bool { return len(has.Kinds) > 0 || takesPasskeys(has) }

// spareCookie says that this browser has shown the offer of a spare way in; it
// comes back after a month.
const (
	spareCookie = "ph_spare"
	spareLife   = 30 * 24 * time.Hour
)

// mine answers who is signed in and what they have; ok is false when nobody is,
// and the browser has been led to sign in.
func mine(r *web.Request) (auth identity.Authentication, has identity.FactorList, ok bool, err error) {
	if _, err = r.Asking(); err != nil {
		return auth, has, false, err
	}
	if auth, err = r.Auth(); err != nil {
		return auth, has, false, err
	}
	if !auth.Valid() {
		return auth, has, false, r.See(r.To("/login"))
	}
	has, err = factors(r).List(r.Ctx(), auth)
	return auth, has, err == nil, err
}

// showBackup offers a spare way in.
func showBackup(r *web.Request) error {
	auth, has, ok, err := mine(r)
	if err != nil || !ok {
		return err
	}
	props := backup.OfferProps{Page: r.Layout(), SkipURL: r.Back()}
	if len(has.Kinds) > 0 && has.Recovery.Left == 0 {
		props.CodesAction = r.To("/backup/codes")
	}
	if takesPasskeys(&has) {
		start, err := factors(r).Begin(r.Ctx(), auth, identity.FactorPasskey, r.Origin())
		if _, refused := identity.CodeOf(err); err != nil && !refused {
			return err
		}
		if err == nil {
			props.PasskeyAction, props.Options, props.State = r.To("/backup/passkey"), string(start.Passkey), start.State
		}
	}
	if props.CodesAction == "" && props.PasskeyAction == "" {
		return r.See(r.Back())
	}
	r.SetCookie(spareCookie, "1", spareLife)
	return r.HTML(http.StatusOK, backup.Offer(props))
}

// makeCodes shows new recovery codes, this once.
func makeCodes(r *web.Request) error {
	auth, _, ok, err := mine(r)
	if err != nil || !ok {
		return err
	}
	codes, err := factors(r).NewRecoveryCodes(r.Ctx(), auth, r.Origin())
	if _, refused := identity.CodeOf(err); refused {
		return r.See(r.Back()) // the page waited too long; the account pages make codes, too
	}
	if err != nil {
		return err
	}
	return r.HTML(http.StatusOK, backup.Codes(backup.CodesProps{Page: r.Layout(), Codes: codes, ContinueURL: r.Back()}))
}

// showUpgrade lets the browser keep a passkey without asking.
func showUpgrade(r *web.Request) error {
	auth, _, ok, err := mine(r)
	if err != nil || !ok {
		return err
	}
	start, ok, err := factors(r).BeginUpgrade(r.Ctx(), auth)
	if _, refused := identity.CodeOf(err); refused || err == nil && !ok {
		return r.See(r.Back())
	}
	if err != nil {
		return err
	}
	return r.HTML(http.StatusOK, upgrade.View(upgrade.Props{
		Page: r.Layout(), Action: r.To(upgradePath), Options: string(start.Passkey), State: start.State,
	}))
}

// keepKey keeps the passkey that came, if one did, and goes on to the app. One
// that is refused is no reason to stop whoever is signed in.
func keepKey(r *web.Request) error {
	auth, _, ok, err := mine(r)
	if err != nil || !ok {
		return err
	}
	if credential := r.Form.Get("credential"); credential != "" {
		err = factors(r).Finish(r.Ctx(), auth, r.Form.Get("state"), identity.SetUpAnswer{
			Factor: identity.FactorPasskey, Credential: []byte(credential),
		}, r.Origin())
		if _, refused := identity.CodeOf(err); err != nil && !refused {
			return err
		}
	}
	return r.See(r.Back())
}
