package identity

import "unicode/utf8"

// ClientAPI are settings of an app client that Cognito names, beyond those of
// Client itself.
type ClientAPI struct {
	// OAuthFlows switches the OAuth flows of the client off when it is false; nil is true.
	OAuthFlows *bool `json:"allowed_oauth_flows_user_pool_client,omitempty"`
	// Risk overrides the pool's, part by part; nil overrides nothing.
	Risk *RiskConfiguration `json:"risk_configuration,omitempty"`
	// SSOMinutes is for how long after a sign-in the browser's session lets its
	// person in to this client without asking again; nil is as long as it lives,
	// 0 asks each time. 0-129600.
	SSOMinutes *int `json:"sso_session_max_validity_minutes,omitempty"`
	// PropagateContext lets an app with a secret say where the person is, for limits,
	// risk and the audit; nil is false.
	PropagateContext *bool `json:"enable_propagate_additional_user_context_data,omitempty"`
	// Beside is what the Cognito API sets beside the settings.
	Beside *Beside `json:"beside,omitempty"`
}

// under answers the configuration with a client's parts in place of the pool's.
func (r RiskConfiguration) under(own *RiskConfiguration) RiskConfiguration {
	if own == nil {
		return r
	}
	if own.AccountTakeover != (AccountTakeover{}) {
		r.AccountTakeover = own.AccountTakeover
	}
	if own.Compromised.Actions.EventAction != "" || len(own.Compromised.EventFilter) > 0 {
		r.Compromised = own.Compromised
	}
	if len(own.Exceptions.Blocked)+len(own.Exceptions.Skipped) > 0 {
		r.Exceptions = own.Exceptions
	}
	return r
}

// clientAPIRules are the rules for ClientAPI.
func clientAPIRules(c *Client) []setting {
	rules := []setting{{"sso_session_max_validity_minutes", c.SSOMinutes == nil || within(*c.SSOMinutes, 0, 129600), "must be 0-129600"},
		{"enable_propagate_additional_user_context_data", c.PropagateContext == nil || !*c.PropagateContext || !c.Public(), "takes a client with a secret"}}
	if c.Risk != nil {
		rules = append(rules, riskRules(c.Risk)...)
	}
	return rules
}

// poolAPIRules are the rules for what the Cognito API names of a pool itself.
func poolAPIRules(p *Pool) []setting {
	rules := []setting{
		{"deletion_protection", oneOf(p.DeletionProtection, ProtectionActive, "INACTIVE"), "takes ACTIVE and INACTIVE"},
		{"session_tracking.max_per_user", within(p.SessionTracking.MaxPerUser, 0, 100), "must be 0-100"},
		{"user_pool_tags", len(p.Tags) <= 50, "at most 50"},
		among("user_attribute_update_settings.attributes_require_verification_before_update", p.UserAttributeUpdate.Waiting, "takes email and phone_number", attrEmail, attrPhone),
	}
	for name, value := range p.Tags {
		rules = append(rules, setting{"user_pool_tags", within(utf8.RuneCountInString(name), 1, 128) && utf8.RuneCountInString(value) <= 256, "have names of 1-128 and values of at most 256 characters"})
	}
	return rules
}

// ProtectionActive keeps a pool from being deleted.
const ProtectionActive = "ACTIVE"
