package passkey

import (
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// algorithms are what is offered and taken: ES256 is everywhere, EdDSA on
// newer keys, RS256 is what older TPMs behind Windows Hello can do.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

func parameters() []protocol.CredentialParameter {
	var list []protocol.CredentialParameter
	for _, a := range algorithms {
		list = append(list, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return list
}

// party answers the library's view of the site. It is made for each ceremony:
// it costs little, and settings may change between two.
func (s Site) party() (*webauthn.WebAuthn, error) {
	timeout := webauthn.TimeoutConfig{Timeout: ceremonyTime, TimeoutUVD: ceremonyTime}
	name := s.Name
	if name == "" {
		name = s.ID
	}
	return webauthn.New(&webauthn.Config{
		RPID: s.ID, RPDisplayName: name, RPOrigins: s.Origins,
		AttestationPreference: s.conveyance(),
		Timeouts:              webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: s.verification(),
		},
		// Password managers answer extensions nobody asked for. None is looked at
		// here (§7.1 step 20 and §7.2 step 19 let it be ignored).
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

func (s Site) verification() protocol.UserVerificationRequirement {
	if s.UserVerification == string(protocol.VerificationPreferred) {
		return protocol.VerificationPreferred
	}
	return protocol.VerificationRequired
}

func (s Site) conveyance() protocol.ConveyancePreference {
	if s.Attestation == string(protocol.PreferDirectAttestation) {
		return protocol.PreferDirectAttestation
	}
	return protocol.PreferNoAttestation
}

// account is a person as the library asks for one.
type account struct {
	user    User
	records []Record
}

func (a account) WebAuthnID() []byte          { return a.user.Handle }
func (a account) WebAuthnName() string        { return a.user.Name }
func (a account) WebAuthnDisplayName() string { return a.user.DisplayName }

func (a account) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(a.records))
	for i, r := range a.records {
		list[i] = r.credential()
	}
	return list
}

func (r Record) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: r.ID, PublicKey: r.PublicKey,
		AttestationType: r.AttestationType, AttestationFormat: r.AttestationFormat,
		Flags: webauthn.NewCredentialFlags(r.flags()),
		Authenticator: webauthn.Authenticator{
			AAGUID: r.AAGUID, SignCount: r.SignCount, Attachment: protocol.AuthenticatorAttachment(r.Attachment),
		},
	}
	for _, t := range r.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func (r Record) flags() (f protocol.AuthenticatorFlags) {
	for _, bit := range []struct {
		set  bool
		flag protocol.AuthenticatorFlags
	}{
		{r.UserPresent, protocol.FlagUserPresent}, {r.UserVerified, protocol.FlagUserVerified},
		{r.BackupEligible, protocol.FlagBackupEligible}, {r.BackedUp, protocol.FlagBackupState},
	} {
		if bit.set {
			f |= bit.flag
		}
	}
	return f
}

func recordOf(c *webauthn.Credential) Record {
	r := Record{
		ID: c.ID, PublicKey: c.PublicKey, SignCount: c.Authenticator.SignCount, AAGUID: c.Authenticator.AAGUID,
		Attachment: string(c.Authenticator.Attachment), AttestationType: c.AttestationType, AttestationFormat: c.AttestationFormat,
		UserPresent: c.Flags.UserPresent, UserVerified: c.Flags.UserVerified,
		BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState,
	}
	for _, t := range c.Transport {
		r.Transports = append(r.Transports, string(t))
	}
	return r
}

func descriptors(records []Record) []protocol.CredentialDescriptor {
	return webauthn.Credentials(account{records: records}.WebAuthnCredentials()).CredentialDescriptors()
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

// refusal puts the library's reason on one line for the log: its text, and what
// it found, which quotes the answer.
func refusal(err error) error {
	const most = 400 // characters
	reason := err.Error()
	if e := (*protocol.Error)(nil); errors.As(err, &e) && e.DevInfo != "" {
		reason += ": " + e.DevInfo
	}
	return refused("%.*q", most, reason)
}
