// Package trigger is how other code takes part in a sign-up or a sign-in: the
// events that a pool's triggers are asked with, and what runs them. Events and
// answers are those of Amazon Cognito's Lambda triggers, so that handlers made
// for it run unchanged.
//
// This package knows no user and opens no transaction. Which trigger is asked
// when, and what follows from its answer, is package identity's business.
package trigger

import (
	"context"
	"encoding/json"
	"strings"
)

// Kind names a trigger, as lambda_config does.
type Kind string

// The triggers (Cognito LambdaConfigType).
const (
	PreSignUp                   Kind = "pre_sign_up"
	PostConfirmation            Kind = "post_confirmation"
	PreAuthentication           Kind = "pre_authentication"
	PostAuthentication          Kind = "post_authentication"
	PreTokenGeneration          Kind = "pre_token_generation"
	UserMigration               Kind = "user_migration"
	CustomMessage               Kind = "custom_message"
	DefineAuthChallenge         Kind = "define_auth_challenge"
	CreateAuthChallenge         Kind = "create_auth_challenge"
	VerifyAuthChallengeResponse Kind = "verify_auth_challenge_response"
	CustomEmailSender           Kind = "custom_email_sender"
	CustomSMSSender             Kind = "custom_sms_sender"
	InboundFederation           Kind = "inbound_federation"
)

// Kinds are all triggers, in the order in which a person meets them.
var Kinds = []Kind{
	PreSignUp, PostConfirmation, PreAuthentication, PostAuthentication, PreTokenGeneration, UserMigration, CustomMessage,
	DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse, CustomEmailSender, CustomSMSSender, InboundFederation,
}

// versions are those that a trigger may be asked with, the first by default; a
// trigger that is not named is asked with V1_0 alone.
var versions = map[Kind][]string{PreTokenGeneration: {"V1_0", "V2_0", "V3_0"}}

// Versions answers the versions that a trigger may be asked with.
func Versions(kind Kind) []string {
	if known, ok := versions[kind]; ok {
		return known
	}
	return []string{"V1_0"}
}

// ParseKind reads the name of a trigger as people write it: pre_sign_up,
// pre-sign-up, PreSignUp.
func ParseKind(text string) (Kind, bool) {
	plain := func(name string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) }
	for _, kind := range Kinds {
		if plain(string(kind)) == plain(text) {
			return kind, true
		}
	}
	return "", false
}

// Config attaches triggers to a pool (Cognito LambdaConfigType). Each value is
// the path of a file or folder, an http or https URL, or an ARN that the
// configuration file maps.
type Config struct {
	PreSignUp                   string     `json:"pre_sign_up,omitempty"`
	PostConfirmation            string     `json:"post_confirmation,omitempty"`
	PreAuthentication           string     `json:"pre_authentication,omitempty"`
	PostAuthentication          string     `json:"post_authentication,omitempty"`
	PreTokenGeneration          string     `json:"pre_token_generation,omitempty"` // asked with version 1
	PreTokenGenerationConfig    *Versioned `json:"pre_token_generation_config,omitempty"`
	UserMigration               string     `json:"user_migration,omitempty"`
	CustomMessage               string     `json:"custom_message,omitempty"`
	DefineAuthChallenge         string     `json:"define_auth_challenge,omitempty"`
	CreateAuthChallenge         string     `json:"create_auth_challenge,omitempty"`
	VerifyAuthChallengeResponse string     `json:"verify_auth_challenge_response,omitempty"`
	CustomEmailSender           *Versioned `json:"custom_email_sender,omitempty"`
	CustomSMSSender             *Versioned `json:"custom_sms_sender,omitempty"`
	InboundFederation           *Versioned `json:"inbound_federation,omitempty"`
	KMSKeyID                    string     `json:"kms_key_id,omitempty"` // kept for clients that read it back
}

// Versioned is a trigger that is asked with a version of its event.
type Versioned struct {
	LambdaARN     string `json:"lambda_arn"`
	LambdaVersion string `json:"lambda_version,omitempty"` // V1_0, V2_0, V3_0
}

// Of answers what a trigger of the pool is attached to, and with which version
// it is asked; false when there is none.
func (c *Config) Of(kind Kind) (Versioned, bool) {
	if v := c.versioned(kind); v != nil && v.LambdaARN != "" {
		return *v, true
	}
	target := c.plain(kind)
	return Versioned{LambdaARN: target, LambdaVersion: "V1_0"}, target != ""
}

// Attached is one trigger of a pool: what it is attached to and where that is
// written, as a member of lambda_config.
type Attached struct {
	Kind  Kind
	Field string
	Versioned
}

// Attached answers the triggers that are attached, in the order of Kinds.
func (c *Config) Attached() []Attached {
	var out []Attached
	for _, kind := range Kinds {
		if v := c.versioned(kind); v != nil && v.LambdaARN != "" {
			field := string(kind)
			if kind == PreTokenGeneration {
				field += "_config"
			}
			out = append(out, Attached{kind, field + ".lambda_arn", *v})
		} else if v, ok := c.Of(kind); ok {
			out = append(out, Attached{kind, string(kind), v})
		}
	}
	return out
}

func (c *Config) versioned(kind Kind) *Versioned {
	return map[Kind]*Versioned{
		PreTokenGeneration: c.PreTokenGenerationConfig, CustomEmailSender: c.CustomEmailSender,
		CustomSMSSender: c.CustomSMSSender, InboundFederation: c.InboundFederation,
	}[kind]
}

func (c *Config) plain(kind Kind) string {
	return map[Kind]string{
		PreSignUp: c.PreSignUp, PostConfirmation: c.PostConfirmation, PreAuthentication: c.PreAuthentication,
		PostAuthentication: c.PostAuthentication, PreTokenGeneration: c.PreTokenGeneration, UserMigration: c.UserMigration,
		CustomMessage: c.CustomMessage, DefineAuthChallenge: c.DefineAuthChallenge, CreateAuthChallenge: c.CreateAuthChallenge,
		VerifyAuthChallengeResponse: c.VerifyAuthChallengeResponse,
	}[kind]
}

// Event is what a trigger is asked, as Cognito writes it.
type Event struct {
	Version       string        `json:"version"` // 1, 2, 3
	TriggerSource string        `json:"triggerSource"`
	Region        string        `json:"region"`
	UserPoolID    string        `json:"userPoolId"`
	UserName      string        `json:"userName,omitempty"`
	CallerContext CallerContext `json:"callerContext"`
	Request       any           `json:"request"`
	Response      any           `json:"response"` // the members that may be answered, empty
}

// CallerContext says who asks for what the trigger takes part in.
type CallerContext struct {
	AWSSDKVersion string `json:"awsSdkVersion"`
	ClientID      string `json:"clientId"`
}

// Call is one question to one trigger.
type Call struct {
	Kind   Kind
	Target string // what the trigger is attached to: Versioned.LambdaARN
	Event  Event
}

// Runner asks triggers.
type Runner interface {
	// Run answers the response member of the event that the trigger gave back, as
	// JSON, within the bounds that Cognito sets: 5 seconds a try, three tries. What
	// its members say is not judged here. Its error is an *Error. Nothing may be
	// open while it runs; a caller that goes away does not end it.
	Run(ctx context.Context, call Call) (json.RawMessage, error)
}

// Outcome says how a trigger failed.
type Outcome string

// The ways to end. No Error has Answered.
const (
	Answered  Outcome = "answered"
	Refused   Outcome = "refused"   // it threw; Error.Message is what it said (Cognito UserLambdaValidationException)
	Failed    Outcome = "failed"    // it could not be asked, or took too long (UnexpectedLambdaException)
	Malformed Outcome = "malformed" // what came back is no answer (InvalidLambdaResponseException)
)

// Error is a trigger that did not answer.
type Error struct {
	Kind    Kind
	Outcome Outcome
	Message string // for Refused: its own words, at most 1,000 characters
	Again   bool   // for Failed: asking again may help
	Err     error  // the cause, or nil
}

func (e *Error) Error() string {
	text := string(e.Kind) + " trigger " + string(e.Outcome)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }
