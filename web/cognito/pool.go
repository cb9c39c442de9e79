package cognito

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
)

// keptMembers answers what is set of a struct, by the names of the API: every
// name of its type is there, with nothing for a member that is not set.
func keptMembers(v any) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, name := range memberNames(v) {
		all[name] = nil
	}
	text, err := json.Marshal(v)
	if err == nil {
		_ = json.Unmarshal(text, &all) // what was marshalled just now
	}
	return all
}

// givenMembers reads kept members into the struct that they came of.
func givenMembers(b *identity.Beside, v any) {
	if b == nil {
		return
	}
	text, err := json.Marshal(b.AWS)
	if err == nil {
		_ = json.Unmarshal(text, v) // members of other structs are passed over
	}
}

// givenMember is givenMembers for one member.
func givenMember(b *identity.Beside, name string, v any) bool {
	raw := b.Given(name)
	return len(raw) > 0 && json.Unmarshal(raw, v) == nil
}

// apply sets what the members say, and their default for what they leave out.
// Tags stay when they are left out: there are operations for them.
func (m *PoolMembers) apply(p *identity.Pool) {
	p.Policies = m.Policies.policies()
	p.DeletionProtection, p.MFAConfiguration = m.DeletionProtection, m.MFAConfiguration
	p.AutoVerifiedAttributes, p.LambdaConfig = m.AutoVerifiedAttributes, m.LambdaConfig.config()
	p.UserAttributeUpdate = identity.UserAttributeUpdate{Immediate: true}
	if m.UserAttributeUpdateSettings != nil {
		p.UserAttributeUpdate.Waiting = m.UserAttributeUpdateSettings.RequireVerification
	}
	p.Devices = nil
	if d := m.DeviceConfiguration; d != nil {
		p.Devices = &identity.DeviceConfiguration{ChallengeRequiredOnNewDevice: d.ChallengeRequiredOnNewDevice, DeviceOnlyRememberedOnUserPrompt: d.DeviceOnlyRememberedOnUserPrompt}
	}
	p.AccountRecovery = identity.AccountRecovery{AllowWithoutMFA: p.AccountRecovery.AllowWithoutMFA}
	if r := m.AccountRecoverySetting; r != nil {
		for _, way := range r.RecoveryMechanisms {
			p.AccountRecovery.RecoveryMechanisms = append(p.AccountRecovery.RecoveryMechanisms, identity.RecoveryMechanism{Name: way.Name, Priority: way.Priority})
		}
	}
	if m.UserPoolTags != nil {
		p.Tags = m.UserPoolTags
	}
	p.AcrConfiguration = nil
	for key, level := range m.AcrConfiguration {
		if p.AcrConfiguration == nil {
			p.AcrConfiguration = identity.AcrConfiguration{}
		}
		p.AcrConfiguration[key] = level.AcrValue
	}
	m.applyInvitation(p)
	m.applyTexts(p)
	m.keep(p)
}

// applyInvitation: how long an invited account lives is the password's own life
// (Cognito: UnusedAccountValidityDays, which TemporaryPasswordValidityDays took
// the place of).
func (m *PoolMembers) applyInvitation(p *identity.Pool) {
	p.AdminCreateUserConfig = identity.AdminCreateUserConfig{}
	if c := m.AdminCreateUserConfig; c != nil {
		p.AdminCreateUserConfig.AllowAdminCreateUserOnly = c.AllowAdminCreateUserOnly
		if t := c.InviteMessageTemplate; t != nil {
			p.AdminCreateUserConfig.Invitation = identity.MessageTemplate(*t)
		}
		days := &p.Policies.PasswordPolicy.TemporaryPasswordValidityDays
		*days = cmp.Or(*days, c.UnusedAccountValidityDays)
	}
}

// keep stores the members that have no meaning here.
func (m *PoolMembers) keep(p *identity.Pool) {
	members := keptMembers(m.KeptPool)
	members["AdvancedSecurityAdditionalFlows"], members[emailConfiguration] = nil, m.EmailConfiguration.kept()
	p.AddOns = identity.AddOns{}
	if m.UserPoolAddOns != nil {
		p.AddOns.AdvancedSecurityMode = m.UserPoolAddOns.AdvancedSecurityMode
		members["AdvancedSecurityAdditionalFlows"] = m.UserPoolAddOns.AdvancedSecurityAdditionalFlows
	}
	m.DcrConfiguration.register(p)
	p.Beside = p.Beside.Keep(members)
}

func (in *PoolPolicies) policies() (out identity.Policies) {
	if in == nil {
		return out
	}
	if w := in.PasswordPolicy; w != nil {
		out.PasswordPolicy = password.Policy{
			MinimumLength: w.MinimumLength, RequireUppercase: w.RequireUppercase, RequireLowercase: w.RequireLowercase,
			RequireNumbers: w.RequireNumbers, RequireSymbols: w.RequireSymbols,
			PasswordHistorySize: w.PasswordHistorySize, TemporaryPasswordValidityDays: w.TemporaryPasswordValidityDays,
		}
	}
	if in.SignInPolicy != nil {
		out.SignInPolicy.AllowedFirstAuthFactors = in.SignInPolicy.AllowedFirstAuthFactors
	}
	return out
}

// register makes client_registration follow the configuration. Without one a pool
// keeps what its file says, and loses what an earlier configuration said.
func (d *DcrConfiguration) register(p *identity.Pool) {
	had := len(p.Beside.Given("DcrConfiguration")) > 0
	if d == nil && !had {
		return
	}
	r := &p.ClientRegistration
	r.Policy, r.AllowedScopes, r.AllowedGrants = identity.RegistrationClosed, nil, nil
	if d == nil || d.EnableStatus == "Disabled" {
		return
	}
	policy, grants := d.open()
	for _, grant := range grants {
		r.AllowedGrants = append(r.AllowedGrants, dcrGrants[grant]...)
	}
	if len(r.AllowedGrants) == 0 {
		return
	}
	r.Policy, r.AllowedScopes = policy, []string{"openid", "email", "phone", "profile"}
	for _, scope := range d.AllowedScopes {
		if !slices.Contains(r.AllowedScopes, scope) {
			r.AllowedScopes = append(r.AllowedScopes, scope)
		}
	}
}

// dcrGrants are what Cognito's names of grant types allow.
var dcrGrants = map[string][]string{
	"code": {identity.GrantCode, identity.GrantRefresh}, "client_credentials": {identity.GrantClientCredentials},
}

// open answers who may register, and Cognito's names of what they may use.
func (d *DcrConfiguration) open() (policy string, grants []string) {
	policy, grants, asked := identity.RegistrationToken, []string{"code", "client_credentials"}, d.AuthenticatedGrantTypes
	if d.OpenDcrEnabled {
		policy, grants, asked = identity.RegistrationOpen, []string{"code"}, d.OpenDcrGrantTypes
	}
	if asked != nil {
		grants = *asked
	}
	return policy, grants
}

// memberNames answers the names of a struct's members in JSON.
func memberNames(v any) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
