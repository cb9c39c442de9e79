package kit

import (
	"bytes"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
)

// Authenticator is a device that keeps passkeys for one tab: the part that
// Chromium plays itself, so that nobody has to touch a sensor.
type Authenticator struct {
	browser *Browser
	id      webauthn.AuthenticatorID
}

// AuthenticatorOptions is what kind of device it is. The zero value is a phone
// or laptop that recognises its owner and syncs nothing.
type AuthenticatorOptions struct {
	Synced bool // its passkeys are backed up (flags BE and BS)
}

// Authenticator plugs a device into the tab in front. Pages must be at
// http://localhost (see AtLocalhost).
func (b *Browser) Authenticator(t testing.TB, o AuthenticatorOptions) *Authenticator {
	t.Helper()
	call(t, b, webauthn.Enable, webauthn.EnableParams{})
	made := call(t, b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			DefaultBackupEligibility: o.Synced, DefaultBackupState: o.Synced,
		}})
	return &Authenticator{browser: b, id: made.AuthenticatorID}
}

// Verifies says whether the device recognises its owner from now on.
func (a *Authenticator) Verifies(t testing.TB, on bool) {
	t.Helper()
	call(t, a.browser, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: on})
}

// Presence says whether somebody answers the device from now on.
func (a *Authenticator) Presence(t testing.TB, on bool) {
	t.Helper()
	call(t, a.browser, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: a.id, Enabled: on})
}

// Passkeys answers what the device keeps.
func (a *Authenticator) Passkeys(t testing.TB) []*webauthn.Credential {
	t.Helper()
	return call(t, a.browser, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id}).Credentials
}

// Put puts a passkey into the device, as a sync or a restored backup does.
func (a *Authenticator) Put(t testing.TB, c *webauthn.Credential) {
	t.Helper()
	call(t, a.browser, addCredential, addCredentialParams{AuthenticatorID: a.id, Credential: credential{
		CredentialID: c.CredentialID, IsResidentCredential: true, RpID: c.RpID, PrivateKey: c.PrivateKey, UserHandle: c.UserHandle,
		SignCount: c.SignCount, BackupEligibility: c.BackupEligibility, BackupState: c.BackupState,
	}})
}

// addCredential is webauthn.AddCredential without the members of an extension
// that Chromium refuses, even false, for devices that lack it.
var addCredential = cdp.Command[addCredentialParams, cdp.Empty]{Method: webauthn.CommandAddCredential}

type addCredentialParams struct {
	AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential      credential               `json:"credential"`
}

type credential struct {
	CredentialID         []byte  `json:"credentialId"`
	IsResidentCredential bool    `json:"isResidentCredential"`
	RpID                 string  `json:"rpId"`
	PrivateKey           []byte  `json:"privateKey"`
	UserHandle           []byte  `json:"userHandle,omitempty"`
	SignCount            float64 `json:"signCount"`
	BackupEligibility    bool    `json:"backupEligibility"`
	BackupState          bool    `json:"backupState"`
}

// Lose removes every passkey: the device is gone.
func (a *Authenticator) Lose(t testing.TB) {
	t.Helper()
	call(t, a.browser, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: a.id})
}

// Gains waits until the device has one more passkey than n, and answers the new one.
func (a *Authenticator) Gains(t testing.TB, before []*webauthn.Credential) *webauthn.Credential {
	t.Helper()
	var gained *webauthn.Credential
	Eventually(t, "a new passkey", func() bool {
		for _, c := range a.Passkeys(t) {
			known := false
			for _, b := range before {
				known = known || bytes.Equal(b.CredentialID, c.CredentialID)
			}
			if !known {
				gained = c
			}
		}
		return gained != nil
	})
	return gained
}

// Before runs script in every page of the tab in front before the page's own,
// as another kind of browser would be there.
func (b *Browser) Before(t testing.TB, script string) {
	t.Helper()
	call(t, b, page.Enable, page.EnableParams{})
	call(t, b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}
