package identity

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

// sampleSub is the sub of whom a test is about where it names nobody.
const sampleSub = "00000000-0000-4000-8000-000000000000"

// sampleSources are what events of each trigger are about where a test does not say so.
var sampleSources = map[trigger.Kind]string{
	trigger.PreSignUp: signsUp, trigger.PostConfirmation: confirmedSignUp,
	trigger.PreAuthentication: "PreAuthentication_Authentication", trigger.PostAuthentication: "PostAuthentication_Authentication",
	trigger.PreTokenGeneration: "TokenGeneration_Authentication", trigger.UserMigration: migratesAtSignIn,
	trigger.CustomMessage: "CustomMessage_SignUp", trigger.DefineAuthChallenge: "DefineAuthChallenge_Authentication",
	trigger.CreateAuthChallenge:         "CreateAuthChallenge_Authentication",
	trigger.VerifyAuthChallengeResponse: "VerifyAuthChallengeResponse_Authentication",
	trigger.CustomEmailSender:           "CustomEmailSender_SignUp", trigger.CustomSMSSender: "CustomSMSSender_SignUp",
	trigger.InboundFederation: inboundSource,
}

// SampleEvent fills up what somebody wrote of an event, as a sign-up or sign-in would
// ask the pool's trigger with it: what is left out is there and empty, but for a sub
// and a status. given is a JSON object; what it says counts.
func SampleEvent(p *Pool, kind trigger.Kind, given []byte) (trigger.Event, error) {
	wrote := struct {
		Version  string                `json:"version"`
		Source   string                `json:"triggerSource"`
		Region   string                `json:"region"`
		User     string                `json:"userName"`
		Caller   trigger.CallerContext `json:"callerContext"`
		Request  json.RawMessage       `json:"request"`
		Response json.RawMessage       `json:"response"`
	}{}
	if err := json.Unmarshal(given, &wrote); err != nil {
		return trigger.Event{}, err
	}
	to, _ := p.LambdaConfig.Of(kind)
	q := question{pool: p, kind: kind, source: cmp.Or(wrote.Source, sampleSources[kind])}
	q.request, q.response = sampleOf(kind, q.source, cmp.Or(to.LambdaVersion, "V1_0"))
	request, err := over(q.request, wrote.Request)
	response, err2 := over(q.response, wrote.Response)
	if err := errors.Join(err, err2); err != nil {
		return trigger.Event{}, err
	}
	q.request, q.response, q.user = request, response, cmp.Or(wrote.User, sampleUser(&q, request))
	event := q.event()
	event.Version, event.Region = cmp.Or(wrote.Version, event.Version), cmp.Or(wrote.Region, event.Region)
	event.CallerContext.ClientID = wrote.Caller.ClientID
	event.CallerContext.AWSSDKVersion = cmp.Or(wrote.Caller.AWSSDKVersion, event.CallerContext.AWSSDKVersion)
	return event, nil
}

// over lays what was given over what is there: attributes one by one.
func over(sample any, given json.RawMessage) (map[string]any, error) {
	text, err := json.Marshal(sample)
	all := map[string]any{}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(given) == 0 {
		return all, err
	}
	said := map[string]any{}
	if err := json.Unmarshal(given, &said); err != nil {
		return nil, err
	}
	attributes, has := all["userAttributes"].(map[string]any)
	maps.Copy(all, said)
	if own, ok := said["userAttributes"].(map[string]any); ok && has {
		maps.Copy(attributes, own)
		all["userAttributes"] = attributes
	}
	return all, nil
}

// sampleUser answers the userName: the sub of whom the event is about.
func sampleUser(q *question, request map[string]any) string {
	if q.source == TokensOfClient {
		return ""
	}
	attributes, _ := request["userAttributes"].(map[string]any)
	sub, _ := attributes["sub"].(string)
	return cmp.Or(sub, sampleSub)
}

// sampleOf answers what a trigger is asked with, and what it may answer, all empty.
func sampleOf(kind trigger.Kind, source, version string) (request, response any) {
	u := &User{ID: sampleSub, Username: sampleSub, Status: Confirmed}
	known, none := eventAttributes(u), metadata(nil)
	challenge := customEvent{UserAttributes: known, ClientMetadata: none}
	switch kind {
	case trigger.PreSignUp:
		return preSignUpRequest{none, none, none}, preSignUpResponse{}
	case trigger.PostConfirmation:
		return postConfirmationRequest{known, none}, struct{}{}
	case trigger.PreAuthentication:
		return preAuthenticationRequest{UserAttributes: known, ValidationData: none}, struct{}{}
	case trigger.PostAuthentication:
		return postAuthenticationRequest{UserAttributes: known, ClientMetadata: none}, struct{}{}
	case trigger.PreTokenGeneration:
		q := TokenQuestion{Source: source, User: u}
		if source == TokensOfClient {
			q.User = nil
		}
		return q.request(version), map[string]any{tokenMember(version): nil}
	case trigger.UserMigration:
		return migrationRequest{"", none, none}, migrationResponse{UserAttributes: none, DesiredDeliveryMediums: []string{}}
	case trigger.CustomMessage:
		r := messageRequest{UserAttributes: known, CodeParameter: message.CodePlaceholder, LinkParameter: "{##Click Here##}", ClientMetadata: none}
		if strings.HasSuffix(source, "_AdminCreateUser") {
			name := message.NamePlaceholder
			r.UsernameParameter = &name
		}
		return r, messageResponse{}
	case trigger.DefineAuthChallenge:
		return defineRequest{challenge, []customStep{}}, &defineResponse{}
	case trigger.CreateAuthChallenge:
		return createRequest{challenge, string(AskCustom), []customStep{}}, &customChallenge{}
	case trigger.VerifyAuthChallengeResponse:
		return verifyRequest{customEvent: challenge, Private: none}, &verifyResponse{}
	case trigger.CustomEmailSender:
		return senderRequest{Type: mailRequest, UserAttributes: known, ClientMetadata: none}, struct{}{}
	case trigger.CustomSMSSender:
		return senderRequest{Type: textRequest, UserAttributes: known, ClientMetadata: none}, struct{}{}
	}
	return inboundRequest{}, inboundResponse{}
}
