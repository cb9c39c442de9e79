package identity

import "time"

// Sensitive is something that an open session alone does not allow: the person
// must have signed in a moment ago (ASVS V7.5.1). Whoever finds a browser
// unlocked may look around, but neither stay nor shut its owner out.
type Sensitive string

// What takes a recent sign-in.
const (
	ChangeAddress  Sensitive = "change_address" // opens the account by a reset
	ChangeFactors  Sensitive = "change_factors" // add, replace, remove, switch on or off
	AddPasskey     Sensitive = "add_passkey"
	RevealCodes    Sensitive = "reveal_codes" // new recovery codes, which are shown once
	SetOwnPassword Sensitive = "set_password" // a first one; changing one takes the old one
	ExportData     Sensitive = "export_data"
	ApproveRequest Sensitive = "approve_request" // let an app in that asks by its server
	DeleteAccount  Sensitive = "delete_account"  // without a password; else it is asked again
)

// freshness is how recent the sign-in must be, by deed: the one table.
var freshness = map[Sensitive]time.Duration{
	ChangeAddress:  15 * time.Minute,
	ChangeFactors:  15 * time.Minute,
	AddPasskey:     5 * time.Minute, // it stays a way in for good
	RevealCodes:    15 * time.Minute,
	SetOwnPassword: 15 * time.Minute,
	ExportData:     15 * time.Minute,
	DeleteAccount:  15 * time.Minute,
	ApproveRequest: 15 * time.Minute,
}

// Fresh refuses with FreshSignInNeeded when the sign-in is too old for a deed,
// so that a page can ask before it shows a form.
func (c *Core) Fresh(auth Authentication, what Sensitive) error {
	if failed := c.stale("Core.Fresh", auth, what); failed != nil {
		return failed
	}
	return nil
}

// stale is Fresh as a value.
func (c *Core) stale(op string, auth Authentication, what Sensitive) *Error {
	if !auth.bearer && c.Now().Sub(auth.at) > freshness[what] {
		return refuse(op, FreshSignInNeeded)
	}
	return nil
}
