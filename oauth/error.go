package oauth

import (
	"errors"
	"fmt"
)

// The codes of Error: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1,
// OpenID Connect Core §3.1.2.6.
const (
	InvalidRequest           = "invalid_request"
	InvalidClient            = "invalid_client"
	InvalidGrant             = "invalid_grant"
	InvalidScope             = "invalid_scope"
	InvalidToken             = "invalid_token"
	InsufficientScope        = "insufficient_scope"
	UnauthorizedClient       = "unauthorized_client"
	UnsupportedGrantType     = "unsupported_grant_type"
	UnsupportedResponseType  = "unsupported_response_type"
	UnsupportedTokenType     = "unsupported_token_type"
	AccessDenied             = "access_denied"
	LoginRequired            = "login_required"
	InteractionRequired      = "interaction_required" // OpenID Connect Core §3.1.2.6
	ConsentRequired          = "consent_required"
	RequestNotSupported      = "request_not_supported"
	RequestURINotSupported   = "request_uri_not_supported"
	RegistrationNotSupported = "registration_not_supported"
	InvalidDPoPProof         = "invalid_dpop_proof" // RFC 9449 §5
	UseDPoPNonce             = "use_dpop_nonce"     // RFC 9449 §8
	InvalidRequestURI        = "invalid_request_uri"
	InvalidRequestObject     = "invalid_request_object"

	InvalidRedirectURI       = "invalid_redirect_uri" // RFC 7591 §3.2.2, as the two below
	InvalidClientMetadata    = "invalid_client_metadata"
	InvalidSoftwareStatement = "invalid_software_statement"

	InvalidTarget               = "invalid_target"                    // RFC 8707 §2
	InvalidAuthorizationDetails = "invalid_authorization_details"     // RFC 9396 §5
	AuthorizationPending        = "authorization_pending"             // RFC 8628 §3.5
	SlowDown                    = "slow_down"                         // RFC 8628 §3.5
	ExpiredToken                = "expired_token"                     // RFC 8628 §3.5
	UnknownUserID               = "unknown_user_id"                   // CIBA §13
	InvalidBindingMessage       = "invalid_binding_message"           // CIBA §13
	UnmetAuthentication         = "unmet_authentication_requirements" // OpenID Connect Core Unmet Authentication Requirements §4
)

// Codes lists every code, for the tests that hold the front ends' tables.
func Codes() []string {
	return []string{
		InvalidRequest, InvalidClient, InvalidGrant, InvalidScope, InvalidToken, InsufficientScope, UnauthorizedClient,
		UnsupportedGrantType, UnsupportedResponseType, UnsupportedTokenType, AccessDenied, LoginRequired, InteractionRequired, ConsentRequired,
		RequestNotSupported, RequestURINotSupported, RegistrationNotSupported,
		InvalidDPoPProof, UseDPoPNonce, InvalidRequestURI, InvalidRequestObject,
		InvalidRedirectURI, InvalidClientMetadata, InvalidSoftwareStatement,
		InvalidTarget, InvalidAuthorizationDetails, UnmetAuthentication,
		AuthorizationPending, SlowDown, ExpiredToken, UnknownUserID, InvalidBindingMessage,
	}
}

// Error is a refusal under the code its document names. Description is for
// developers, in the characters RFC 6749 §5.2 allows; people are shown Code in
// words of the front end.
type Error struct {
	Code        string
	Description string
	Err         error // the cause, or nil
}

func (e *Error) Error() string {
	text := e.Code
	if e.Description != "" {
		text += ": " + e.Description
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf answers the code of a refusal; false for any other error, which is a fault.
func CodeOf(err error) (string, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Code, true
	}
	return "", false
}

func refuse(code, description string) *Error {
	return &Error{Code: code, Description: description}
}

// failed answers a refusal as an error; a nil *Error is no error.
func failed(e *Error) error {
	if e == nil {
		return nil
	}
	return e
}

// either answers a fault or a refusal as an error.
func either(refused *Error, err error) error {
	if err != nil {
		return fault("token", err)
	}
	return failed(refused)
}

func fault(doing string, err error) error {
	return fmt.Errorf("oauth: %s: %w", doing, err)
}
