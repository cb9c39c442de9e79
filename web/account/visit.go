package account

import (
	"strings"
	"unicode"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// visit is a request with the person who makes it.
type visit struct {
	*web.Request
	auth   identity.Authentication
	me     identity.User
	writes func(attribute string) bool
	has    identity.FactorList

	asked     bool            // an app waits for an answer, or the page at hand lists those
	joined    identity.Joined // what the account is joined to
	elsewhere web.Providers   // what it could be joined to
}

// signedIn lets in who has a session; anybody else signs in first and comes
// back, and so does whoever's sign-in is too old for what they want to do.
func signedIn(handle func(*visit) error) web.Handler {
	return func(r *web.Request) error {
		r.Ask = nil // the account pages serve no app
		return orSignIn(r, func(v *visit) error {
			if !v.me.DeleteAt.IsZero() {
				return v.See(v.Path("/account/leaving"))
			}
			return handle(v)
		})
	}
}

// orSignIn leads to the sign-in page where that is what is missing. Whoever was
// known by then need not type the name again.
func orSignIn(r *web.Request, handle func(*visit) error) error {
	known := ""
	err := enter(r, func(v *visit) error {
		known = web.TypedName(&v.me)
		return handle(v)
	})
	code, _ := identity.CodeOf(err)
	if code != identity.SessionEnded && code != identity.FreshSignInNeeded {
		return err
	}
	if r.Ask == nil {
		r.Ask = &web.Asked{Page: pageOf(r), At: r.Now()}
	}
	return r.See(r.To("/login", "notice", "sign_in", "username", known))
}

func enter(r *web.Request, handle func(*visit) error) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() {
		return &identity.Error{Code: identity.SessionEnded, Op: "account"}
	}
	v := &visit{Request: r, auth: auth}
	if v.me, _, err = accounts(r).Me(r.Ctx(), auth); err != nil {
		return err
	}
	if v.writes, err = accounts(r).Writes(r.Ctx(), auth); err != nil {
		return err
	}
	if v.has, err = factors(r).List(r.Ctx(), auth); err != nil {
		return err
	}
	if v.joined, err = identities(v).Joined(r.Ctx(), auth); err != nil {
		return err
	}
	if v.elsewhere, err = r.Providers(); err != nil {
		return err
	}
	if v.asked = pageOf(r) == approvalsPage; !v.asked {
		waiting, err := r.Server().OAuth.Approvals(r.Ctx(), r.Pool.ID, v.me.ID)
		if err != nil {
			return err
		}
		v.asked = len(waiting) > 0
	}
	return handle(v)
}

// pageOf is the page a path belongs to.
func pageOf(r *web.Request) string {
	for _, page := range pages {
		if rest, ok := strings.CutPrefix(r.HTTP().URL.Path, r.Path(page)); ok && (rest == "" || rest[0] == '/') {
			return page
		}
	}
	return "/account"
}

func accounts(r *web.Request) *identity.Accounts {
	return &identity.Accounts{Core: r.Server().Identity}
}

func factors(r *web.Request) *identity.Factors {
	return &identity.Factors{Core: r.Server().Identity}
}

// fresh refuses before a form is shown what would be refused when it is sent.
func (v *visit) fresh(what identity.Sensitive) error {
	return v.Server().Identity.Fresh(v.auth, what)
}

// frame is what all account pages share.
func (v *visit) frame(current string, errs []layout.FieldError) account.Frame {
	page := v.Layout()
	page.Errors = errs
	page.Scripts = []string{"account.js"}
	if message, ok := notices[v.Arg("notice")]; ok && page.Notice == "" && len(errs) == 0 {
		page.Notice = page.T(message)
	}
	return account.Frame{
		Page: page, Name: web.NameOf(&v.me), Portrait: v.portrait(), Current: current, Menu: v.menu(),
		SignOutAction: v.Path("/account/signout"),
	}
}

// notices are the lines a page may be asked to show by its URL.
var notices = map[string]string{
	"saved":           "notice.saved",
	"sent":            "notice.code_sent",
	"kept":            "notice.address_kept",
	"verified":        "notice.address_verified",
	"password":        "notice.password_saved",
	"password_set":    "account.password_set",
	"ended":           "notice.browser_signed_out",
	"avatar":          "account.avatar_saved",
	"avatar_removed":  "account.avatar_removed",
	"staying":         "account.kept",
	"disconnected":    "account.disconnected",
	"allowed":         "account.approvals_allowed",
	"denied":          "account.approvals_denied",
	"gone":            "account.approvals_gone",
	"connected":       "connections.connected",
	"cut":             "connections.disconnected",
	"came_back":       "connections.came_back",
	"renamed":         "account.renamed",
	"forgotten":       "devices.forgotten",
	"reported":        "history.report_done",
	"passkey_added":   "factors.passkey_added",
	"passkey_removed": "factors.passkey_removed",
	"app_added":       "factors.app_added",
	"on":              "factors.turned_on",
	"off":             "factors.turned_off",
	"preferred":       "factors.preferred_saved",
}

func (v *visit) menu() []account.Link {
	all := []account.Link{{Page: account.PageProfile, Href: v.Path("/account")}}
	if v.passwords() {
		all = append(all, account.Link{Page: account.PagePassword, Href: v.Path("/account/password")})
	}
	for _, page := range []string{
		account.PageFactors, account.PageConnections, account.PageDevices, account.PageSessions, account.PageHistory, account.PageApps, account.PageApprovals, account.PageData, account.PageDelete,
	} {
		if page == account.PageConnections && len(v.joined.List) == 0 && len(v.elsewhere.List) == 0 {
			continue
		}
		if page == account.PageApprovals && !v.asked {
			continue
		}
		all = append(all, account.Link{Page: page, Href: v.Path("/account/" + page)})
	}
	return all
}

// passwords says that the person has a password, or could have one.
func (v *visit) passwords() bool { return v.has.Password || v.allowed(identity.FactorPassword) }

func (v *visit) allowed(way identity.Factor) bool {
	for _, w := range v.has.Ways {
		if w == way {
			return true
		}
	}
	return false
}

// portrait is the person's picture when it is one of ours: pages load nothing
// from anywhere else.
func (v *visit) portrait() account.Portrait {
	p := account.Portrait{Initials: initials(&v.me)}
	if name, ours := v.avatarName(); ours {
		p.URL = v.Path("/avatars/" + name)
	}
	return p
}

// initials are the first letters of the person's names, or of their address.
func initials(u *identity.User) string {
	names := []string{u.Attributes["given_name"], u.Attributes["family_name"]}
	if names[0] == "" || names[1] == "" {
		names = strings.Fields(u.Attributes["name"])
	}
	if len(names) == 0 {
		names = []string{web.NameOf(u)}
	}
	if len(names) > 2 {
		names = []string{names[0], names[len(names)-1]}
	}
	var b strings.Builder
	for _, name := range names {
		for _, r := range name {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(unicode.ToUpper(r))
				break
			}
		}
	}
	return b.String()
}

func signOut(v *visit) error {
	to, err := v.ToApps(v.Path("/signedout"))
	if err != nil {
		return err
	}
	if led, err := v.SignOutTo(to); led || err != nil {
		return err
	}
	return v.See(to)
}
