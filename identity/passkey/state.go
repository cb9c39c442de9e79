package passkey

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// state is what is kept between the two halves of a ceremony. The caller seals
// it, hands it out once and takes it once: a challenge may be answered once.
type state struct {
	Kind        string   `json:"kind"` // webauthn.create or webauthn.get
	Site        string   `json:"site"`
	Challenge   string   `json:"challenge"` // base64url of 32 bytes
	Expires     int64    `json:"expires"`   // Unix seconds
	User        []byte   `json:"user,omitempty"`
	Allowed     [][]byte `json:"allowed,omitempty"`
	Conditional bool     `json:"conditional,omitempty"`
}

const (
	kindCreate = string(protocol.CreateCeremony)
	kindGet    = string(protocol.AssertCeremony)
)

// stateOf prints a ceremony that has begun, for resume.
func (s Site) stateOf(kind string, d *webauthn.SessionData, conditional bool) ([]byte, error) {
	return json.Marshal(state{
		Kind: kind, Site: s.ID, Challenge: d.Challenge, Expires: s.now().Add(ceremonyTime).Unix(),
		User: d.UserID, Allowed: d.AllowedCredentialIDs, Conditional: conditional,
	})
}

// resume reads a state back. It is refused when it is of another ceremony or
// site, or too old.
func (s Site) resume(kind string, sealed []byte) (state, error) {
	var st state
	if err := json.Unmarshal(sealed, &st); err != nil {
		return state{}, refused("its state cannot be read: %v", err)
	}
	switch {
	case st.Kind != kind:
		return state{}, refused("its state is of %q, not of %q", st.Kind, kind)
	case st.Site != s.ID:
		return state{}, refused("its state is of %q, not of %q", st.Site, s.ID)
	case s.now().Unix() >= st.Expires:
		return state{}, refused("its challenge has expired")
	}
	return st, nil
}

// session answers the library's form of a state.
func (st state) session(handle []byte, verification protocol.UserVerificationRequirement) webauthn.SessionData {
	d := webauthn.SessionData{
		Challenge: st.Challenge, RelyingPartyID: st.Site, UserID: handle,
		UserVerification: verification, CredParams: parameters(),
	}
	if st.Conditional {
		d.Mediation = protocol.MediationConditional
	}
	return d
}

// check holds what the browser says about the ceremony against it, before
// anything is looked up. The library checks it again and more leniently: it
// reads origins as URLs, where browsers write them in one way only (§7.1 steps
// 7 to 9, §7.2 steps 10 to 12).
func (s Site) check(st state, c protocol.CollectedClientData) error {
	switch {
	case string(c.Type) != st.Kind:
		return refused("it is of type %.40q, not %q", c.Type, st.Kind)
	case st.Challenge == "" || subtle.ConstantTimeCompare([]byte(c.Challenge), []byte(st.Challenge)) != 1:
		return refused("it answers another challenge")
	case !slices.Contains(s.Origins, c.Origin):
		return refused("it was given to origin %.200q, allowed are %q", c.Origin, s.Origins)
	}
	return nil
}

// CredentialIDOf answers which passkey a browser's answer claims to be of,
// without holding it against anything. The error is ErrRefused.
func CredentialIDOf(response []byte) ([]byte, error) {
	if len(response) > maxResponse {
		return nil, refused("it has %d bytes", len(response))
	}
	var claimed struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(response, &claimed); err != nil {
		return nil, refused("it cannot be read: %v", err)
	}
	id, err := base64.RawURLEncoding.DecodeString(claimed.ID)
	if err != nil || len(id) == 0 {
		return nil, refused("its id is not base64url")
	}
	return id, nil
}
