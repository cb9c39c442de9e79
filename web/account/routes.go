// Package account is the front end of a signed-in person's own pages: profile
// and picture, addresses, password, sign-in methods, devices, sessions, sign-in
// history, connected apps, own data, and deleting the account. Every page needs
// a session; without one it leads to the sign-in page, which leads back here.
// What is sensitive takes a recent sign-in (identity.Sensitive) and leads there
// the same way.
package account

import (
	"net/http"

	"poolhouse.dev/identity/avatar"
	"poolhouse.dev/web"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// Routes lists the pages.
func Routes() []web.Route {
	all := []web.Route{
		{Method: get, Path: "/account", Handle: signedIn(showProfile)},
		{Method: post, Path: "/account", Handle: signedIn(saveProfile), Again: signedIn(showProfileAgain)},
		{Method: get, Path: "/account/password", Handle: signedIn(showPassword)},
		{Method: post, Path: "/account/password", Handle: signedIn(changePassword), Again: signedIn(showPasswordAgain)},
		{Method: get, Path: connectionsPage, Handle: signedIn(showConnections)},
		{Method: get, Path: "/account/devices", Handle: signedIn(showDevices)},
		{Method: get, Path: "/account/sessions", Handle: signedIn(showSessions)},
		{Method: get, Path: "/account/history", Handle: signedIn(showHistory)},
		{Method: get, Path: "/account/apps", Handle: signedIn(showApps)},
		{Method: get, Path: approvalsPage, Handle: signedIn(showApprovals)},
		{Method: get, Path: "/account/data", Handle: signedIn(showData)},
		{Method: post, Path: "/account/data", Handle: signedIn(download), Again: signedIn(showData)},
		{Method: get, Path: "/account/delete", Handle: signedIn(showDelete)},
		{Method: post, Path: "/account/delete", Handle: signedIn(deleteAccount), Again: signedIn(showDeleteAgain)},
		{Method: get, Path: "/account/leaving", Handle: leaving(showLeaving)},
		{Method: post, Path: "/account/leaving/keep", Page: "/account/leaving", Handle: leaving(keepAccount), Again: leaving(showLeaving)},
		{Method: post, Path: "/account/leaving/leave", Page: "/account/leaving", Handle: leaving(signOut), Again: leaving(showLeaving)},
		{Method: get, Path: "/account/goodbye", Handle: showGoodbye},
		{Method: get, Path: "/avatars/:file", Kind: web.Asset, Handle: showAvatar},
		{Method: post, Path: "/account/avatar", Page: "/account", Handle: signedIn(setAvatar), Again: signedIn(showProfileAgain), Upload: avatar.MaxBytes},
	}
	for path, handle := range map[string]func(*visit) error{
		"/account/address": changeAddress, "/account/verify": verifyAddress, "/account/code": sendCode,
		"/account/keep": keepAddress, "/account/avatar/remove": removeAvatar,
	} {
		all = append(all, web.Route{Method: post, Path: path, Page: "/account", Handle: signedIn(handle), Again: signedIn(showProfileAgain)})
	}
	for path, does := range buttons {
		all = append(all, web.Route{Method: post, Path: path, Page: does.page, Handle: signedIn(does.handle), Again: signedIn(backTo(does.page))})
	}
	return append(all, factorRoutes()...)
}

// buttons are the posts that are one press of a button on a page.
var buttons = map[string]struct {
	page   string
	handle func(*visit) error
}{
	"/account/signout":              {"/account", signOut},
	"/account/devices/rename":       {"/account/devices", renameDevice},
	"/account/devices/forget":       {"/account/devices", forgetDevice},
	"/account/sessions/end":         {"/account/sessions", endSession},
	"/account/sessions/endall":      {"/account/sessions", endAll},
	"/account/history/report":       {"/account/history", report},
	"/account/apps/disconnect":      {"/account/apps", disconnect},
	approvalsPage + "/answer":       {approvalsPage, answerApproval},
	connectionsPage + "/connect":    {connectionsPage, connect},
	connectionsPage + "/disconnect": {connectionsPage, disconnectProvider},
}

func backTo(page string) func(*visit) error {
	return func(v *visit) error { return v.See(v.Path(page)) }
}

// pages are what a person is led back to after a sign-in, the longest path of
// each kind first.
var pages = []string{
	factorsApp, factorsPasskey, factorsCodes, factorsPage, connectionsPage, "/account/password", "/account/devices", "/account/sessions",
	"/account/history", "/account/apps", approvalsPage, "/account/data", "/account/delete", "/account/leaving", "/account",
}
