package passkey

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginGet answers the options for navigator.credentials.get as JSON, an object
// with the member publicKey, and the state for FinishGet, valid for five
// minutes. One of allowed must answer; when there is none, any passkey of the
// site may, and says whose it is.
func (s Site) BeginGet(allowed []Record) (options, sealed []byte, err error) {
	party, err := s.party()
	if err != nil {
		return nil, nil, err
	}
	asked, session, err := party.BeginDiscoverableLogin(webauthn.WithAllowedCredentials(descriptors(allowed)))
	if err != nil {
		return nil, nil, err
	}
	if options, err = json.Marshal(asked); err != nil {
		return nil, nil, err
	}
	sealed, err = s.stateOf(kindGet, session, false)
	return options, sealed, err
}

// FinishGet answers who has signed in by response, the JSON of the browser's
// PublicKeyCredential. It asks find whose the passkey is; userHandle is what the
// authenticator says and nil when it says nothing. What find answers as an
// error, ErrUnknown for one, is the answer; other errors are ErrRefused, and
// faults of the site's settings.
func (s Site) FinishGet(sealed, response []byte, find func(credentialID, userHandle []byte) (User, Record, error)) (Got, error) {
	st, err := s.resume(kindGet, sealed)
	if err != nil {
		return Got{}, err
	}
	parsed, err := s.parseGot(st, response)
	if err != nil {
		return Got{}, err
	}
	user, record, err := find(parsed.RawID, parsed.Response.UserHandle)
	if err != nil {
		return Got{}, err
	}
	party, err := s.party()
	if err != nil {
		return Got{}, err
	}
	updated, err := party.ValidateLogin(account{user, []Record{record}}, st.session(user.Handle, s.verification()), parsed)
	if err != nil {
		return Got{}, refusal(err)
	}
	return got(user, record, updated, parsed), nil
}

// got keeps what is fixed at enrolment as it was stored.
func got(user User, record Record, updated *webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData) Got {
	record.SignCount = updated.Authenticator.SignCount
	record.BackedUp = updated.Flags.BackupState
	return Got{
		User: user, Record: record,
		UserVerified:    parsed.Response.AuthenticatorData.Flags.HasUserVerified(),
		CounterWentBack: updated.Authenticator.CloneWarning,
	}
}

func (s Site) parseGot(st state, response []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(response) > maxResponse {
		return nil, refused("it has %d bytes", len(response))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, refusal(err)
	}
	if err := s.check(st, parsed.Response.CollectedClientData); err != nil {
		return nil, err
	}
	// §7.2 steps 5 and 6.
	if len(st.Allowed) == 0 && len(parsed.Response.UserHandle) == 0 {
		return nil, refused("it does not say whose it is")
	}
	if len(st.Allowed) > 0 && !slices.ContainsFunc(st.Allowed, func(id []byte) bool { return bytes.Equal(id, parsed.RawID) }) {
		return nil, refused("it is of a passkey that was not asked for")
	}
	return parsed, nil
}
