package identity

import (
	"errors"
	"fmt"
	"time"
)

// Code says what was refused, without any tongue: every front end has one table
// from Code to page text, OAuth error or Cognito exception.
type Code string

// The codes. A front end that lacks one fails its test.
const (
	IncorrectPassword   Code = "incorrect_password"    // wrong password, unknown or disabled user: one answer for all
	TooManyAttempts     Code = "too_many_attempts"     // slowed down; Error.RetryAfter says for how long
	Busy                Code = "busy"                  // the hashing queue is full; try again in a moment
	AttemptExpired      Code = "attempt_expired"       // unknown, used, expired, or begun on another channel
	WrongAnswer         Code = "wrong_answer"          // the answer names another challenge than the one asked
	SessionEnded        Code = "session_ended"         // no such signed-in browser any more
	CodeMismatch        Code = "code_mismatch"         // wrong code
	CodeExpired         Code = "code_expired"          // expired, used, replaced or tried too often
	PasswordRefused     Code = "password_refused"      // breaks the policy; Error.Violations names how
	PasswordExpired     Code = "password_expired"      // the temporary password is past its life
	PasswordResetNeeded Code = "password_reset_needed" // the account waits for a reset by code
	UserNotConfirmed    Code = "user_not_confirmed"    // correct password, address not yet confirmed
	UsernameExists      Code = "username_exists"       // only said where existence may be known
	AliasExists         Code = "alias_exists"          // another user holds this address verified
	SignUpClosed        Code = "sign_up_closed"        // the pool takes no self-service sign-up
	InvalidParameter    Code = "invalid_parameter"     // Error.Field names it
	InvalidUsername     Code = "invalid_username"      // not a usable name or address
	AttributeRequired   Code = "attribute_required"    // Error.Field names it
	AttributeRefused    Code = "attribute_refused"     // not writable, unknown, or outside its bounds; Error.Field names it
	UserNotFound        Code = "user_not_found"        // administrators only
	PoolNotFound        Code = "pool_not_found"        // no such pool
	ClientNotFound      Code = "client_not_found"      // no such app client in this pool
	GroupNotFound       Code = "group_not_found"       // no such group
	ResourceNotFound    Code = "resource_not_found"    // no such resource server or other setting
	AlreadyExists       Code = "already_exists"        // a pool, client, group or resource server with that name
	InvalidState        Code = "invalid_state"         // the user's state does not allow the operation
	NotAllowed          Code = "not_allowed"           // the client or pool does not allow the operation
	NoVerifiedAddress   Code = "no_verified_address"   // nothing to send a code to; administrators only
	FreshSignInNeeded   Code = "fresh_sign_in_needed"  // the session is too old for something sensitive
	SignInBlocked       Code = "sign_in_blocked"       // stopped for its risk or its network
	NoSecondFactor      Code = "no_second_factor"      // one is demanded, and none can be proven or set up; an administrator resets it
	LevelOutOfReach     Code = "level_out_of_reach"    // the person has not what the levels take that the app asks for
	LevelReached        Code = "level_reached"         // the earlier sign-in is as strong as the app asks
	PasskeyUnknown      Code = "passkey_unknown"       // no such passkey in this pool
	PasskeyRefused      Code = "passkey_refused"       // the ceremony failed: wrong origin, challenge, flags or signature
	FactorNotFound      Code = "factor_not_found"      // the person has no such factor, or may not choose it now
	LastWayIn           Code = "last_way_in"           // removing it would shut its owner out
	PuzzleNeeded        Code = "puzzle_needed"         // too much is going on; prove that you are not a program
	IssuerChanged       Code = "issuer_changed"        // the identity is bound to another issuer than vouches for it now
	OtherAccount        Code = "other_account"         // who came back from a provider is not the owner who was to prove themselves
	TooManyIdentities   Code = "too_many_identities"   // the account is joined to as many identities as it may
	TriggerRefused      Code = "trigger_refused"       // a trigger of the pool said no; Error.Field names it, Error.Reason is what it said
	TriggerFailed       Code = "trigger_failed"        // a trigger of the pool could not be asked in time; Error.Field names it
	TriggerMalformed    Code = "trigger_malformed"     // what a trigger answered is no answer; Error.Field names it
)

// Error is a refusal by the core. It knows no HTTP.
type Error struct {
	Code       Code
	Op         string        // the operation, for the log
	Field      string        // the form field or attribute it concerns, or ""
	RetryAfter time.Duration // how long to wait; 0 when waiting does not help
	Limit      string        // for TooManyAttempts: the name of the limit that was reached
	Reason     string        // for AttributeRefused: why, where there is more to say than that the value is wrong; for TriggerRefused: its words
	Violations []string      // password.Violation codes, for PasswordRefused
	Bounds     *Attribute    // for AttributeRefused: the rule that the value breaks, when it is about the value
	Err        error         // the cause, or nil
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Op, e.Code)
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	if e.Limit != "" {
		text += " (" + e.Limit + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf answers the code of a refusal; false for any other error, which is a fault.
func CodeOf(err error) (Code, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Code, true
	}
	return "", false
}

// Codes lists every code, for the tests that hold the front ends' tables.
func Codes() []Code {
	return []Code{
		IncorrectPassword, TooManyAttempts, Busy, AttemptExpired, WrongAnswer, SessionEnded, CodeMismatch, CodeExpired,
		PasswordRefused, PasswordExpired, PasswordResetNeeded, UserNotConfirmed, UsernameExists, AliasExists, SignUpClosed,
		InvalidParameter, InvalidUsername, AttributeRequired, AttributeRefused, UserNotFound, PoolNotFound, ClientNotFound,
		GroupNotFound, ResourceNotFound, AlreadyExists, InvalidState, NotAllowed, NoVerifiedAddress, FreshSignInNeeded,
		SignInBlocked, NoSecondFactor, LevelOutOfReach, LevelReached, PasskeyUnknown, PasskeyRefused, FactorNotFound, LastWayIn, PuzzleNeeded,
		IssuerChanged, OtherAccount, TooManyIdentities, TriggerRefused, TriggerFailed, TriggerMalformed,
	}
}

func refuse(op string, code Code) *Error { return &Error{Code: code, Op: op} }
