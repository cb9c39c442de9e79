package cognito

import (
	"slices"
	"strings"

	"poolhouse.dev/web/cognito/model"
)

// An SDK gives an operation's exceptions types of their own, and apps catch those.
// So an operation answers what its model declares, or what every AWS service may.

// everywhere are the exceptions that need no declaration.
var everywhere = []string{
	"AccessDeniedException", "IncompleteSignatureException", "InternalErrorException", "InvalidSignatureException",
	"MissingAuthenticationTokenException", "RequestEntityTooLargeException", "RequestExpired", "SerializationException",
	"SignatureDoesNotMatchException", "ThrottlingException", "TooManyRequestsException", "UnknownOperationException",
	"UnrecognizedClientException",
}

// nearest are what else says it, the best first. What has nothing better is refused
// as a parameter is, or as somebody without the right.
var nearest = map[string][]string{
	"AliasExistsException":                    {"UsernameExistsException"},
	"CodeMismatchException":                   {"EnableSoftwareTokenMFAException"},
	"LimitExceededException":                  {"TooManyRequestsException"},
	"NotAuthorizedException":                  {"UnauthorizedException", "ForbiddenException"},
	"PasswordHistoryPolicyViolationException": {"InvalidPasswordException"},
	"PasswordResetRequiredException":          {"NotAuthorizedException"},
	"ResourceNotFoundException":               {"UnauthorizedException"},
	"UserLambdaValidationException":           {"NotAuthorizedException"},
	"UserNotConfirmedException":               {"NotAuthorizedException"},
	"UserNotFoundException":                   {"ResourceNotFoundException", "NotAuthorizedException"},
}

var anyway = []string{"InvalidParameterException", "NotAuthorizedException", "UnauthorizedException"}

// declared answers the exception under a name that the operation declares.
func declared(target string, e *Exception) *Exception {
	name, ofCognito := strings.CutPrefix(target, Target)
	one, known := model.Of(name)
	if !ofCognito || !known || slices.Contains(everywhere, e.Type) || one.Declares(e.Type) {
		return e
	}
	said := *e
	for _, other := range append(slices.Clone(nearest[e.Type]), anyway...) {
		if one.Declares(other) {
			said.Type = other
			break
		}
	}
	return &said
}
