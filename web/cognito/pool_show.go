package cognito

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"poolhouse.dev/identity"
)

// account stands where AWS names an account.
const account = "000000000000"

// region is what stands before the id's underscore: Amplify reads it there.
func region(pool identity.PoolID) string {
	name, _, _ := strings.Cut(string(pool), "_")
	return name
}

func arnOf(pool identity.PoolID) string {
	return "arn:aws:cognito-idp:" + region(pool) + ":" + account + ":userpool/" + string(pool)
}

// poolOfARN answers the pool that an ARN names.
func poolOfARN(arn string) (identity.PoolID, bool) {
	_, id, found := strings.Cut(arn, ":userpool/")
	return identity.PoolID(id), found && arnOf(identity.PoolID(id)) == arn
}

// userPool answers a pool whole.
func (h *Handler) userPool(ctx context.Context, p *identity.Pool) (UserPool, error) {
	out := UserPool{
		ID: p.ID, Name: p.Name, Arn: arnOf(p.ID), AliasAttributes: p.AliasAttributes, UsernameAttributes: p.UsernameAttributes,
		CreationDate: stamp(p.CreatedAt), LastModifiedDate: stamp(p.ModifiedAt), PoolMembers: membersOf(p),
	}
	// A pool of the API that was made without the member has none, and Cognito's default.
	if explicit := new(UsernameConfiguration); !p.UsernameConfiguration.CaseSensitive || givenMember(p.Beside, "UsernameConfiguration", explicit) {
		out.UsernameConfiguration = &UsernameConfiguration{p.UsernameConfiguration.CaseSensitive}
	}
	if p.Email.From != "" && !h.Senders.Allow(p.Email.From) {
		out.EmailConfigurationFailure = "Mails come from the server's own address: its email.allowed_senders does not open From."
	}
	providers, err := h.Settings.Providers(ctx, p.ID)
	if err != nil {
		return out, err
	}
	out.SchemaAttributes = schemaAttributes(p, len(providers) > 0)
	if out.EstimatedNumberOfUsers, err = h.Settings.CountUsers(ctx, p.ID); err != nil {
		return out, err
	}
	all, err := h.Settings.Domains(ctx, p.ID)
	for _, d := range all {
		if identity.IsCustom(d.Name) {
			out.CustomDomain = d.Name
		} else {
			out.Domain = d.Name
		}
	}
	return out, err
}

// membersOf answers what is set, and the defaults that Cognito always answers.
func membersOf(p *identity.Pool) PoolMembers {
	m := PoolMembers{
		Policies: policiesOf(&p.Policies), DeletionProtection: cmp.Or(p.DeletionProtection, "INACTIVE"),
		LambdaConfig: lambdaConfigOf(&p.LambdaConfig), AutoVerifiedAttributes: p.AutoVerifiedAttributes,
		MFAConfiguration: cmp.Or(p.MFAConfiguration, "OFF"), UserPoolTags: p.Tags, AcrConfiguration: map[string]AcrLevel{},
		AdminCreateUserConfig: &AdminCreateUserConfig{
			AllowAdminCreateUserOnly:  p.AdminCreateUserConfig.AllowAdminCreateUserOnly,
			UnusedAccountValidityDays: temporaryDays(&p.Policies),
		},
	}
	for i, name := range p.LevelNames() { // all of them, as Cognito answers
		m.AcrConfiguration[fmt.Sprintf("Level%d", i+1)] = AcrLevel{name}
	}
	if !p.UserAttributeUpdate.Immediate {
		m.UserAttributeUpdateSettings = &AttributeUpdateSettings{[]string{"email", "phone_number"}}
	} else if len(p.UserAttributeUpdate.Waiting) > 0 {
		m.UserAttributeUpdateSettings = &AttributeUpdateSettings{p.UserAttributeUpdate.Waiting}
	}
	if d := p.Devices; d != nil {
		m.DeviceConfiguration = &DeviceConfiguration{d.ChallengeRequiredOnNewDevice, d.DeviceOnlyRememberedOnUserPrompt}
	}
	if p.AddOns.AdvancedSecurityMode != "" {
		m.UserPoolAddOns = &UserPoolAddOns{p.AddOns.AdvancedSecurityMode, p.Beside.Given("AdvancedSecurityAdditionalFlows")}
	}
	if ways := p.AccountRecovery.RecoveryMechanisms; len(ways) > 0 {
		m.AccountRecoverySetting = &AccountRecoverySetting{}
		for _, way := range ways {
			m.AccountRecoverySetting.RecoveryMechanisms = append(m.AccountRecoverySetting.RecoveryMechanisms, RecoveryMechanism{way.Priority, way.Name})
		}
	}
	givenMembers(p.Beside, &m.KeptPool)
	m.UserPoolTier = cmp.Or(m.UserPoolTier, "ESSENTIALS")
	m.texts(p)
	return m
}

func temporaryDays(p *identity.Policies) int {
	return int(p.PasswordPolicy.TemporaryValidity().Hours() / 24)
}

func policiesOf(p *identity.Policies) *PoolPolicies {
	w := &p.PasswordPolicy
	factors := p.SignInPolicy.AllowedFirstAuthFactors
	if len(factors) == 0 {
		factors = []identity.Factor{identity.FactorPassword, identity.FactorPasskey}
	}
	return &PoolPolicies{
		PasswordPolicy: &PasswordPolicy{
			MinimumLength: w.MinLength(), RequireUppercase: w.RequireUppercase, RequireLowercase: w.RequireLowercase,
			RequireNumbers: w.RequireNumbers, RequireSymbols: w.RequireSymbols, PasswordHistorySize: w.PasswordHistorySize,
			TemporaryPasswordValidityDays: temporaryDays(p),
		},
		SignInPolicy: &SignInPolicy{AllowedFirstAuthFactors: factors},
	}
}
