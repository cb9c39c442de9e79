package cognito

import (
	"poolhouse.dev/identity/trigger"
)

// LambdaConfig is LambdaConfigType. A trigger is a file, a folder, a URL or an
// ARN that the configuration file maps.
type LambdaConfig struct {
	PreSignUp                   string           `json:"PreSignUp,omitempty"`
	CustomMessage               string           `json:"CustomMessage,omitempty"`
	PostConfirmation            string           `json:"PostConfirmation,omitempty"`
	PreAuthentication           string           `json:"PreAuthentication,omitempty"`
	PostAuthentication          string           `json:"PostAuthentication,omitempty"`
	DefineAuthChallenge         string           `json:"DefineAuthChallenge,omitempty"`
	CreateAuthChallenge         string           `json:"CreateAuthChallenge,omitempty"`
	VerifyAuthChallengeResponse string           `json:"VerifyAuthChallengeResponse,omitempty"`
	PreTokenGeneration          string           `json:"PreTokenGeneration,omitempty"`
	UserMigration               string           `json:"UserMigration,omitempty"`
	PreTokenGenerationConfig    *VersionedLambda `json:"PreTokenGenerationConfig,omitempty"`
	CustomSMSSender             *VersionedLambda `json:"CustomSMSSender,omitempty"`
	CustomEmailSender           *VersionedLambda `json:"CustomEmailSender,omitempty"`
	InboundFederation           *VersionedLambda `json:"InboundFederation,omitempty"`
	KMSKeyID                    string           `json:"KMSKeyID,omitempty"`
}

// VersionedLambda is PreTokenGenerationVersionConfigType and its like.
type VersionedLambda struct {
	LambdaVersion string `json:"LambdaVersion"`
	LambdaArn     string `json:"LambdaArn"`
}

func (v *VersionedLambda) trigger() *trigger.Versioned {
	if v == nil {
		return nil
	}
	return &trigger.Versioned{LambdaARN: v.LambdaArn, LambdaVersion: v.LambdaVersion}
}

func lambdaOf(v *trigger.Versioned) *VersionedLambda {
	if v == nil {
		return nil
	}
	return &VersionedLambda{LambdaArn: v.LambdaARN, LambdaVersion: v.LambdaVersion}
}

func (l *LambdaConfig) config() trigger.Config {
	if l == nil {
		return trigger.Config{}
	}
	return trigger.Config{
		PreSignUp: l.PreSignUp, CustomMessage: l.CustomMessage, PostConfirmation: l.PostConfirmation,
		PreAuthentication: l.PreAuthentication, PostAuthentication: l.PostAuthentication,
		DefineAuthChallenge: l.DefineAuthChallenge, CreateAuthChallenge: l.CreateAuthChallenge, VerifyAuthChallengeResponse: l.VerifyAuthChallengeResponse,
		PreTokenGeneration: l.PreTokenGeneration, UserMigration: l.UserMigration,
		PreTokenGenerationConfig: l.PreTokenGenerationConfig.trigger(), CustomSMSSender: l.CustomSMSSender.trigger(),
		CustomEmailSender: l.CustomEmailSender.trigger(), InboundFederation: l.InboundFederation.trigger(), KMSKeyID: l.KMSKeyID,
	}
}

// lambdaConfigOf answers nil for a pool without triggers. Each of the two members
// for the tokens' trigger is answered where one is set, as Cognito does.
func lambdaConfigOf(c *trigger.Config) *LambdaConfig {
	l := LambdaConfig{
		PreSignUp: c.PreSignUp, CustomMessage: c.CustomMessage, PostConfirmation: c.PostConfirmation,
		PreAuthentication: c.PreAuthentication, PostAuthentication: c.PostAuthentication,
		DefineAuthChallenge: c.DefineAuthChallenge, CreateAuthChallenge: c.CreateAuthChallenge, VerifyAuthChallengeResponse: c.VerifyAuthChallengeResponse,
		PreTokenGeneration: c.PreTokenGeneration, UserMigration: c.UserMigration,
		PreTokenGenerationConfig: lambdaOf(c.PreTokenGenerationConfig), CustomSMSSender: lambdaOf(c.CustomSMSSender),
		CustomEmailSender: lambdaOf(c.CustomEmailSender), InboundFederation: lambdaOf(c.InboundFederation), KMSKeyID: c.KMSKeyID,
	}
	if l == (LambdaConfig{}) {
		return nil
	}
	switch {
	case l.PreTokenGenerationConfig == nil && l.PreTokenGeneration != "":
		l.PreTokenGenerationConfig = &VersionedLambda{LambdaVersion: "V1_0", LambdaArn: l.PreTokenGeneration}
	case l.PreTokenGeneration == "" && l.PreTokenGenerationConfig != nil:
		l.PreTokenGeneration = l.PreTokenGenerationConfig.LambdaArn
	}
	return &l
}
