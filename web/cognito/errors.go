package cognito

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// Exception is an error in the API's tongue.
type Exception struct {
	Type       string `json:"__type"`
	Message    string `json:"message"`
	ReasonCode string `json:"reasonCode,omitempty"` // InvalidParameterException only
	status     int
	retryAfter int
}

func (e *Exception) Error() string { return e.Type + ": " + e.Message }

func exception(name, message string) *Exception {
	return &Exception{Type: name, Message: message, status: http.StatusBadRequest}
}

// invalid refuses one member.
func invalid(member, why string) *Exception {
	return exception("InvalidParameterException", fmt.Sprintf("%s %s.", member, why))
}

// required refuses a missing member.
func required(member, value string) error {
	if value == "" {
		return invalid(member, "is missing")
	}
	return nil
}

// tongue is what one identity.Code is called here.
type tongue struct{ name, message string }

// exceptions translates every code of the core. The texts are Cognito's where
// clients look at them.
var exceptions = map[identity.Code]tongue{
	identity.IncorrectPassword:   {"NotAuthorizedException", "Incorrect username or password."},
	identity.TooManyAttempts:     {"TooManyRequestsException", "Too many attempts. Try again later."},
	identity.Busy:                {"TooManyRequestsException", "The server is busy. Try again in a moment."},
	identity.AttemptExpired:      {"NotAuthorizedException", "Invalid session for the user, session is expired."},
	identity.WrongAnswer:         {"InvalidParameterException", "The answer does not fit the challenge."},
	identity.SessionEnded:        {"ResourceNotFoundException", "There is no such session."},
	identity.CodeMismatch:        {"CodeMismatchException", "Invalid verification code provided, please try again."},
	identity.CodeExpired:         {"ExpiredCodeException", "Invalid code provided, please request a code again."},
	identity.PasswordRefused:     {"InvalidPasswordException", "Password did not conform with policy."},
	identity.PasswordExpired:     {"NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."},
	identity.PasswordResetNeeded: {"PasswordResetRequiredException", "Password reset required for the user."},
	identity.UserNotConfirmed:    {"UserNotConfirmedException", "User is not confirmed."},
	identity.UsernameExists:      {"UsernameExistsException", "User account already exists."},
	identity.AliasExists:         {"AliasExistsException", "An account with the email already exists."},
	identity.SignUpClosed:        {"NotAuthorizedException", "SignUp is not permitted for this user pool."},
	identity.InvalidParameter:    {"InvalidParameterException", "A parameter is not valid."},
	identity.InvalidUsername:     {"InvalidParameterException", "This is no name a user can have in this pool."},
	identity.AttributeRequired:   {"InvalidParameterException", "A required attribute is missing."},
	identity.AttributeRefused:    {"InvalidParameterException", "An attribute cannot be written."},
	identity.UserNotFound:        {"UserNotFoundException", "User does not exist."},
	identity.PoolNotFound:        {"ResourceNotFoundException", "User pool does not exist."},
	identity.ClientNotFound:      {"ResourceNotFoundException", "User pool client does not exist."},
	identity.GroupNotFound:       {"ResourceNotFoundException", "Group not found."},
	identity.ResourceNotFound:    {"ResourceNotFoundException", "There is no such resource."},
	identity.AlreadyExists:       {"InvalidParameterException", "There is one with that name already."},
	identity.InvalidState:        {"UnsupportedUserStateException", "The user's state does not allow this."},
	identity.NotAllowed:          {"NotAuthorizedException", "The pool or client does not allow this."},
	identity.NoVerifiedAddress:   {"InvalidParameterException", "The user has no verified e-mail or phone number a code could go to."},
	identity.FreshSignInNeeded:   {"NotAuthorizedException", "Sign in again first."},
	identity.SignInBlocked:       {"NotAuthorizedException", "Unable to login because of security reasons."},
	identity.NoSecondFactor:      {"NotAuthorizedException", "A second factor is demanded, and the user has none and can set none up."},
	identity.LevelOutOfReach:     {"InvalidParameterException", "The user has no factors configured for any of the requested authentication levels."},
	identity.LevelReached:        {"InvalidParameterException", "The access token already meets the requested authentication level."},
	identity.PasskeyUnknown:      {"NotAuthorizedException", "The passkey is not known."},
	identity.PasskeyRefused:      {"NotAuthorizedException", "The passkey was refused."},
	identity.FactorNotFound:      {"ResourceNotFoundException", "The user has no such factor."},
	identity.LastWayIn:           {"InvalidParameterException", "It is the user's last way in, or the second factor that is demanded."},
	identity.PuzzleNeeded:        {"TooManyRequestsException", "Too many requests. Try again later."},
	identity.IssuerChanged:       {"NotAuthorizedException", "The identity belongs to another issuer."},
	identity.OtherAccount:        {"NotAuthorizedException", "This is another user."},
	identity.TooManyIdentities:   {"LimitExceededException", "A user can be linked to no more identities."},
	identity.TriggerRefused:      {"UserLambdaValidationException", "The trigger failed with error"},
	identity.TriggerFailed:       {"UnexpectedLambdaException", "The trigger could not be asked"},
	identity.TriggerMalformed:    {"InvalidLambdaResponseException", "The trigger answered nothing that can be read"},
}

// translate turns an error of the core into an Exception; a fault becomes
// InternalErrorException, which says nothing of its cause.
func translate(err error) *Exception {
	var already *Exception
	if errors.As(err, &already) {
		return already
	}
	var refusal *identity.Error
	if errors.As(err, &refusal) {
		return refused(refusal)
	}
	if errors.Is(err, storage.ErrConflict) {
		return exception("TooManyRequestsException", "The store is busy. Try again in a moment.")
	}
	fault := exception("InternalErrorException", "Something went wrong.")
	fault.status = http.StatusInternalServerError
	return fault
}

func refused(refusal *identity.Error) *Exception {
	said := exceptions[refusal.Code]
	if refusal.Code == identity.TriggerMalformed && errors.Is(refusal, identity.ErrNoCustomTrigger) {
		return exception(said.name, "Custom auth lambda trigger is not configured for the user pool.")
	}
	if by := refusal.Field; strings.HasPrefix(string(refusal.Code), "trigger_") { // "PreSignUp failed with error ….", as Cognito says it
		said.message = strings.TrimSpace(strings.Replace(said.message, "The trigger", by, 1)+" "+refusal.Reason) + "."
		return exception(said.name, said.message)
	}
	if refusal.Code == identity.AttributeRefused && refusal.Reason == identity.ReasonWithheld {
		return exception("NotAuthorizedException", "A client attempted to write unauthorized attribute")
	}
	e := exception(said.name, said.message)
	if refusal.Field == "device_key" && refusal.Code == identity.ResourceNotFound {
		return exception(said.name, "Device does not exist.") // clients match it, and drop the device that they keep
	}
	if slices.Equal(refusal.Violations, []string{"reused"}) {
		e.Type = "PasswordHistoryPolicyViolationException"
	}
	if len(refusal.Violations) > 0 {
		e.Message = strings.TrimSuffix(e.Message, ".") + ": " + violated(refusal.Violations) + "."
	}
	if refusal.Field != "" {
		e.Message = strings.TrimSuffix(e.Message, ".") + ": " + refusal.Field + "."
	}
	if refusal.Err != nil && explained(refusal.Code) {
		e.Message = strings.TrimSuffix(e.Message, ".") + " (" + refusal.Err.Error() + ")."
	}
	e.retryAfter = int(math.Ceil(refusal.RetryAfter.Seconds()))
	return e
}

// Reason says why a refusal came, for whoever names the field already.
func Reason(refusal *identity.Error) string {
	switch {
	case len(refusal.Violations) > 0:
		return "the password policy refuses it: " + violated(refusal.Violations)
	case refusal.Err != nil && explained(refusal.Code):
		return refusal.Err.Error()
	}
	return strings.TrimSuffix(exceptions[refusal.Code].message, ".")
}

// violations are the ways to break a password policy, in words.
var violations = map[string]string{
	string(password.TooShort): "too short", string(password.TooLong): "too long",
	string(password.NeedsLowercase): "a lower-case letter is missing", string(password.NeedsUppercase): "an upper-case letter is missing",
	string(password.NeedsNumber): "a number is missing", string(password.NeedsSymbol): "a symbol is missing",
	string(password.IsCommon): "too many people use it", string(password.ContainsContext): "it holds the name of the user, pool or client",
	string(password.SpacesAtEnds): "a space begins or ends it", "reused": "it was used before",
	"breached": "it is in a list of breached passwords",
}

func violated(codes []string) string {
	var words []string
	for _, code := range codes {
		words = append(words, violations[code])
	}
	return strings.Join(words, ", ")
}

// explained are the codes whose cause is written for the caller.
func explained(code identity.Code) bool {
	switch code {
	case identity.InvalidParameter, identity.InvalidUsername, identity.AttributeRefused, identity.AttributeRequired, identity.NotAllowed:
		return true
	}
	return false
}

// fail writes an error. Refusals are logged at info, faults at error.
func (h *Handler) fail(w http.ResponseWriter, id, name string, err error) {
	e := declared(name, translate(err))
	if e.status >= http.StatusInternalServerError {
		h.Log.Error("operation failed", "operation", name, "request", id, "error", err)
	} else {
		h.Log.Info("operation refused", "operation", name, "request", id, "type", e.Type)
	}
	// Clients read the header or the body; both carry the name.
	w.Header().Set("x-amzn-ErrorType", e.Type)
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	h.answer(w, id, e.status, e)
}
