package identity

import (
	"context"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

// Export is everything kept about a person, as a file for them (GDPR articles
// 15 and 20). It holds nothing that opens the account: no hash, no key, no code.
type Export struct {
	At         time.Time          `json:"exported_at"`
	Pool       string             `json:"pool_name"`
	ID         UserID             `json:"sub"`
	Username   string             `json:"username"`
	Status     Status             `json:"user_status"`
	Attributes map[string]string  `json:"user_attributes,omitempty"`
	Pending    map[string]string  `json:"pending_attributes,omitempty"`
	Locale     string             `json:"locale,omitempty"`
	Groups     []string           `json:"groups,omitempty"`
	CreatedAt  time.Time          `json:"user_create_date"`
	ModifiedAt time.Time          `json:"user_last_modified_date"`
	Factors    ExportedFactors    `json:"sign_in_methods"`
	Identities []ExportedIdentity `json:"identities,omitempty"`
	Picture    string             `json:"picture_content_type,omitempty"` // of the picture kept here; its address is the attribute
	Devices    []ExportedDevice   `json:"devices,omitempty"`
	Sessions   []ExportedSession  `json:"sessions,omitempty"`
	SignIns    []SignInEvent      `json:"sign_in_history,omitempty"`
	Changes    []ExportedChange   `json:"account_changes,omitempty"`
}

// ExportedFactors names the ways in without what proves them.
type ExportedFactors struct {
	PasswordChangedAt time.Time         `json:"password_changed_at,omitzero"`
	AppName           string            `json:"authenticator_app,omitempty"`
	AppSince          time.Time         `json:"authenticator_app_since,omitzero"`
	Passkeys          []ExportedPasskey `json:"passkeys,omitempty"`
	MFA               MFA               `json:"second_factors"`
	RecoveryCodesLeft int               `json:"recovery_codes_left"`
}

// ExportedPasskey is one passkey.
type ExportedPasskey struct {
	Name       string    `json:"friendly_credential_name"`
	Provider   string    `json:"provider,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// ExportedIdentity is who the person is at a provider, without its tokens.
type ExportedIdentity struct {
	Provider   string    `json:"provider_name"`
	Subject    string    `json:"user_id"`
	Shown      string    `json:"shown,omitempty"` // the address or name there
	CreatedAt  time.Time `json:"date_created"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// ExportedDevice is one known browser.
type ExportedDevice struct {
	Name         string    `json:"device_name,omitempty"`
	UserAgent    string    `json:"user_agent,omitempty"`
	Address      string    `json:"address,omitempty"`
	FirstSeen    time.Time `json:"first_seen,omitzero"`
	LastSeen     time.Time `json:"last_seen"`
	RememberedAt time.Time `json:"remembered_at,omitzero"`
}

// ExportedSession is one signed-in browser.
type ExportedSession struct {
	ID        string    `json:"id"`
	ClientID  ClientID  `json:"client_id,omitempty"`
	Methods   []string  `json:"methods"`
	UserAgent string    `json:"user_agent,omitempty"`
	Address   string    `json:"address,omitempty"`
	AuthTime  time.Time `json:"auth_time"`
	LastSeen  time.Time `json:"last_seen"`
}

// ExportedChange is one entry of the audit log about the person.
type ExportedChange struct {
	At        time.Time         `json:"at"`
	Action    string            `json:"action"`
	Outcome   string            `json:"outcome"`
	Reason    string            `json:"reason,omitempty"`
	Address   string            `json:"address,omitempty"`
	UserAgent string            `json:"user_agent,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
}

// mostExported bounds each list of an export; the newest are kept.
const mostExported = 5000

// Export answers everything kept about the person. It takes a recent sign-in.
func (a *Accounts) Export(ctx context.Context, auth Authentication, o Origin) (Export, error) {
	const op = "Accounts.Export"
	var e Export
	err := a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mineFresh(w, op, auth, ExportData)
		if err != nil {
			return nil, err
		}
		if e, err = a.export(w, m); err != nil {
			return nil, err
		}
		return nil, a.record(w, &m.user, deed{Action: "export_data", Client: auth.client, Session: auth.session, Origin: o})
	})
	if err != nil {
		return Export{}, err
	}
	return e, nil
}

func (c *Core) export(r storage.Reader, m account) (e Export, err error) {
	u := &m.user
	e = Export{
		At: c.Now(), Pool: m.pool.Name, ID: u.ID, Username: u.Username, Status: u.Status, Attributes: u.Attributes,
		Pending: u.Pending, Locale: u.Locale, CreatedAt: u.CreatedAt, ModifiedAt: u.ModifiedAt,
	}
	for _, g := range m.groups {
		e.Groups = append(e.Groups, g.Name)
	}
	for _, part := range []func(storage.Reader, *User, *Export) error{
		c.exportFactors, exportIdentities, exportPicture, exportDevices, exportSessions, exportSignIns, exportChanges,
	} {
		if err := part(r, u, &e); err != nil {
			return Export{}, err
		}
	}
	return e, nil
}

func (c *Core) exportFactors(r storage.Reader, u *User, e *Export) error {
	has, err := c.possessionsOf(r, u)
	if err != nil {
		return err
	}
	e.Factors = ExportedFactors{MFA: u.MFA, RecoveryCodesLeft: has.recovery.left()}
	if has.password.Hash != "" {
		e.Factors.PasswordChangedAt = has.password.ChangedAt
	}
	if len(has.app.Secret) > 0 {
		e.Factors.AppName, e.Factors.AppSince = has.app.Name, has.app.ChangedAt
	}
	for _, k := range has.keys {
		e.Factors.Passkeys = append(e.Factors.Passkeys, ExportedPasskey{
			Name: k.Name, Provider: passkey.Name(k.Record.AAGUID), CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt,
		})
	}
	return nil
}

func exportIdentities(r storage.Reader, u *User, e *Export) error {
	all, err := identitiesOf(r, u)
	for _, i := range all {
		e.Identities = append(e.Identities, ExportedIdentity{
			Provider: i.Provider, Subject: i.Subject, Shown: i.Shown, CreatedAt: i.CreatedAt, LastUsedAt: i.LastUsedAt,
		})
	}
	return err
}

func exportPicture(r storage.Reader, u *User, e *Export) error {
	all, err := avatars.List(r, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	for _, f := range all {
		e.Picture = f.ContentType
	}
	return err
}

func exportDevices(r storage.Reader, u *User, e *Export) error {
	all, err := knownBrowsers.List(r, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	for _, d := range all {
		e.Devices = append(e.Devices, ExportedDevice{
			Name: d.Name, UserAgent: d.UserAgent, Address: d.Address, FirstSeen: d.FirstSeen, LastSeen: d.LastSeen, RememberedAt: d.RememberedAt,
		})
	}
	return err
}

func exportSessions(r storage.Reader, u *User, e *Export) error {
	all, err := sessions.List(r, userSessions(u.PoolID, u.ID))
	for _, s := range all {
		e.Sessions = append(e.Sessions, ExportedSession{
			ID: s.ID, ClientID: s.ClientID, Methods: s.Methods, UserAgent: s.UserAgent, Address: s.Address, AuthTime: s.AuthTime, LastSeen: s.LastSeen,
		})
	}
	return err
}

func exportSignIns(r storage.Reader, u *User, e *Export) (err error) {
	page := eventsOf(u.PoolID, u.ID)
	page.Limit = mostExported
	e.SignIns, err = signInEvents.List(r, page)
	return err
}

func exportChanges(r storage.Reader, u *User, e *Export) error {
	f := audit.Filter{Pool: string(u.PoolID), User: string(u.ID), Limit: 500}
	for len(e.Changes) < mostExported {
		page, err := audit.List(r, f)
		if err != nil {
			return err
		}
		for _, a := range page {
			e.Changes = append(e.Changes, ExportedChange{
				At: a.At, Action: a.Action, Outcome: a.Outcome, Reason: a.Reason, Address: a.Address, UserAgent: a.UserAgent, Detail: a.Detail,
			})
		}
		if len(page) < f.Limit {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
	return nil
}
