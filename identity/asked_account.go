package identity

import (
	"encoding/json"
	"maps"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// Told is what an app sends along for the pool's triggers.
type Told struct {
	Client     map[string]string // Cognito ClientMetadata
	Validation map[string]string // Cognito ValidationData
}

// eventAttributes are a user's attributes as triggers are shown them.
func eventAttributes(u *User) map[string]string {
	shown := map[string]string{"sub": string(u.ID), "cognito:user_status": string(u.Status)}
	maps.Copy(shown, u.Attributes)
	return shown
}

// metadata never answers null: handlers read members of it.
func metadata(given map[string]string) map[string]string {
	if given == nil {
		return map[string]string{}
	}
	return given
}

// The ways to an account (Cognito's trigger sources of pre sign-up).
const (
	signsUp        = "PreSignUp_SignUp"
	isCreated      = "PreSignUp_AdminCreateUser"
	comesElsewhere = "PreSignUp_ExternalProvider"
)

type preSignUpRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

type preSignUpResponse struct {
	AutoConfirmUser bool `json:"autoConfirmUser"`
	AutoVerifyEmail bool `json:"autoVerifyEmail"`
	AutoVerifyPhone bool `json:"autoVerifyPhone"`
}

// askPreSignUp asks whether there may be such a user, before it is stored. about
// is the same in every run of the operation, which the user's id need not be.
func (c *Core) askPreSignUp(w storage.Writer, source, about string, p *Pool, u *User, client ClientID, o Origin) (says preSignUpResponse, err error) {
	answer, err := c.ask(w, question{
		pool: p, kind: trigger.PreSignUp, source: source, about: about, user: u.Username, client: client, origin: o,
		request:  preSignUpRequest{maps.Clone(metadata(u.Attributes)), metadata(o.Told.Validation), metadata(o.Told.Client)},
		response: preSignUpResponse{},
	})
	if err != nil || answer == nil {
		return says, err
	}
	if err := json.Unmarshal(answer, &says); err != nil {
		return says, malformed(source, err)
	}
	return says, nil
}

// accept does with a newcomer what the pre sign-up trigger said. An address that
// it verifies must be there.
func (says preSignUpResponse) accept(op string, u *User) *Error {
	for attribute, verifies := range map[string]bool{attrEmail: says.AutoVerifyEmail, attrPhone: says.AutoVerifyPhone} {
		switch {
		case !verifies:
		case u.Attributes[attribute] == "":
			return &Error{Code: AttributeRequired, Op: op, Field: attribute}
		default:
			u.Attributes[attribute+verifiedSuffix] = "true"
		}
	}
	if says.AutoConfirmUser && u.Status == Unconfirmed {
		u.Status = Confirmed
	}
	return nil
}

type postConfirmationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

// The deeds after which post confirmation is asked.
const (
	confirmedSignUp = "PostConfirmation_ConfirmSignUp"
	confirmedReset  = "PostConfirmation_ConfirmForgotPassword"
)

// tellConfirmed asks post confirmation once it is recorded: handlers look the
// user up, and put them into groups.
func (c *Core) tellConfirmed(w storage.Writer, source string, p *Pool, u *User, client ClientID, o Origin) error {
	return c.askAfter(w, question{
		pool: p, kind: trigger.PostConfirmation, source: source, user: u.Username, client: client, origin: o,
		request: postConfirmationRequest{eventAttributes(u), metadata(o.Told.Client)}, response: struct{}{},
	})
}
