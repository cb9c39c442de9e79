package passkey

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/metadata"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginCreate answers the options for navigator.credentials.create as JSON, an
// object with the member publicKey, and the state for FinishCreate, valid for
// five minutes. Authenticators that hold one of exclude will not make another.
// A conditional creation is the silent one after a sign-in with a password; it
// has the member mediation too, and neither presence nor verification of the
// person is asked (§5.1.3), for they have just signed in.
func (s Site) BeginCreate(u User, exclude []Record, conditional bool) (options, sealed []byte, err error) {
	if conditional {
		s.UserVerification = string(protocol.VerificationPreferred)
	}
	party, err := s.party()
	if err != nil {
		return nil, nil, err
	}
	made, session, err := party.BeginMediatedRegistration(account{user: u}, mediation(conditional),
		webauthn.WithCredentialParameters(parameters()), webauthn.WithExclusions(descriptors(exclude)))
	if err != nil {
		return nil, nil, err
	}
	if options, err = json.Marshal(made); err != nil {
		return nil, nil, err
	}
	sealed, err = s.stateOf(kindCreate, session, conditional)
	return options, sealed, err
}

func mediation(conditional bool) protocol.CredentialMediationRequirement {
	if conditional {
		return protocol.MediationConditional
	}
	return protocol.MediationDefault
}

// FinishCreate answers the new passkey that response, the JSON of the browser's
// PublicKeyCredential, holds for u. The errors are ErrRefused, and faults of the
// site's settings. The caller refuses an ID that somebody has already (§7.1
// step 26).
func (s Site) FinishCreate(u User, sealed, response []byte) (Record, error) {
	st, err := s.resume(kindCreate, sealed)
	if err != nil {
		return Record{}, err
	}
	if !bytes.Equal(st.User, u.Handle) {
		return Record{}, refused("its state is of another person")
	}
	parsed, err := s.parseCreated(st, response)
	if err != nil {
		return Record{}, err
	}
	if st.Conditional {
		s.UserVerification = string(protocol.VerificationPreferred)
	}
	party, err := s.party()
	if err != nil {
		return Record{}, err
	}
	made, err := party.CreateCredential(account{user: u}, st.session(u.Handle, s.verification()), parsed)
	if err != nil {
		return Record{}, refusal(err)
	}
	return s.admit(recordOf(made))
}

func (s Site) parseCreated(st state, response []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(response) > maxResponse {
		return nil, refused("it has %d bytes", len(response))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, refusal(err)
	}
	if err := slim(parsed); err != nil {
		return nil, err
	}
	return parsed, s.check(st, parsed.Response.CollectedClientData)
}

// slim refuses what would take seconds to verify: the work grows faster than
// the square of an RSA key's length, and certificates hold such keys too.
func slim(parsed *protocol.ParsedCredentialCreationData) error {
	if n := len(parsed.Response.AttestationObject.AuthData.AttData.CredentialPublicKey); n > maxKey {
		return refused("its key has %d bytes", n)
	}
	if n := len(parsed.Raw.AttestationResponse.AttestationObject); n > maxObject {
		return refused("its attestation object has %d bytes", n)
	}
	return nil
}

// admit applies what the library leaves to its caller.
func (s Site) admit(r Record) (Record, error) {
	if err := strong(r.PublicKey); err != nil {
		return Record{}, err
	}
	if s.conveyance() == protocol.PreferDirectAttestation && !attested(r) {
		return Record{}, refused("attestation is demanded and it has %q of type %q", r.AttestationFormat, r.AttestationType)
	}
	if len(s.AllowedAAGUIDs) > 0 && !slices.ContainsFunc(s.AllowedAAGUIDs, r.isModel) {
		return Record{}, refused("model %s is not allowed", modelText(r.AAGUID))
	}
	r.Transports = known(r.Transports)
	return r, nil
}

// attested says that a certificate vouches for the model: the authenticator's
// own key (self attestation) vouches for nothing.
func attested(r Record) bool {
	return !slices.Contains([]string{"", string(metadata.None), string(metadata.BasicSurrogate)}, r.AttestationType)
}

func (r Record) isModel(aaguid string) bool { return strings.EqualFold(aaguid, modelText(r.AAGUID)) }

// modelText writes an AAGUID as the FIDO metadata service does.
func modelText(aaguid []byte) string {
	if len(aaguid) != 16 {
		return "unknown"
	}
	h := hex.EncodeToString(aaguid)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// strong refuses a key that no signature could be verified with later, or that
// could be broken: without attestation nothing has used it yet.
func strong(publicKey []byte) error {
	const leastRSA = 2048 // bits
	key, err := webauthncose.ParsePublicKey(publicKey)
	if err != nil {
		return refusal(err)
	}
	if k, ok := key.(webauthncose.RSAPublicKeyData); ok {
		if bits := new(big.Int).SetBytes(k.Modulus).BitLen(); bits < leastRSA {
			return refused("its RSA key has %d bits", bits)
		}
	}
	return nil
}

// known keeps the transports of §5.8.4. They come from the browser, unsigned,
// and go into later options.
func known(transports []string) []string {
	var kept []string
	for _, t := range []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"} {
		if slices.Contains(transports, t) {
			kept = append(kept, t)
		}
	}
	return kept
}
