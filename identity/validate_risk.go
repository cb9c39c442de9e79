package identity

import (
	"fmt"
	"net/netip"
	"regexp"
)

var callingCodePattern = regexp.MustCompile(`^\+[1-9][0-9]{0,5}$`)

// The largest list of networks (Cognito RiskExceptionConfigurationType), and
// the longest time a deleted account is kept.
const (
	maxNetworks  = 200
	maxGraceDays = 90
)

// abuseRules hold what a pool says about risk, messages and deletion. Networks
// are written out as networks: 10.1.2.3 becomes 10.1.2.3/32, 10.1.2.3/8 becomes
// 10.0.0.0/8.
func abuseRules(p *Pool) []setting {
	rules := []setting{
		{"user_pool_add_ons.advanced_security_mode", oneOf(p.AddOns.AdvancedSecurityMode, "OFF", "AUDIT", "ENFORCED"), "takes OFF, AUDIT and ENFORCED"},
		{"message_limits.email_per_day", p.MessageLimits.EmailPerDay >= 0, "must be 0 or more"},
		{"message_limits.sms_per_day", p.MessageLimits.SMSPerDay >= 0, "must be 0 or more"},
		countriesHold("message_limits.sms_countries", p.MessageLimits.SMSCountries),
		{"account_deletion.grace_days", within(p.AccountDeletion.GraceDays, 0, maxGraceDays), "must be 0-90"},
		{"disposable_email_addresses", oneOf(p.DisposableAddresses, "allow", "refuse"), "takes allow and refuse"},
	}
	return append(rules, riskRules(&p.Risk)...)
}

// riskRules hold a risk configuration, of a pool or of a client.
func riskRules(c *RiskConfiguration) []setting {
	const risk = "risk_configuration."
	actions := c.AccountTakeover.Actions
	rules := []setting{
		among(risk+"compromised_credentials_risk_configuration.event_filter", c.Compromised.EventFilter, "takes SIGN_IN, PASSWORD_CHANGE and SIGN_UP", lookAtSignIn, lookAtChange, lookAtSignUp),
		{risk + "compromised_credentials_risk_configuration.actions.event_action", oneOf(c.Compromised.Actions.EventAction, riskBlock, riskNoAction), "takes BLOCK and NO_ACTION"},
		{risk + "compromised_credentials_risk_configuration.actions.sign_in_event_action", oneOf(c.Compromised.Actions.SignInAction, riskBlock, riskNoAction), "takes BLOCK and NO_ACTION"},
		networksHold(risk+"risk_exception_configuration.blocked_ip_range_list", c.Exceptions.Blocked),
		networksHold(risk+"risk_exception_configuration.skipped_ip_range_list", c.Exceptions.Skipped),
	}
	rules = append(rules, notifyRules(risk+"account_takeover_risk_configuration.notify_configuration", &c.AccountTakeover.Notify)...)
	for level, action := range map[string]string{"low": actions.Low.EventAction, "medium": actions.Medium.EventAction, "high": actions.High.EventAction} {
		rules = append(rules, setting{
			risk + "account_takeover_risk_configuration.actions." + level + "_action.event_action",
			oneOf(action, riskBlock, riskMFA, riskMFAIfConfigured, riskNoAction), "takes BLOCK, MFA_REQUIRED, MFA_IF_CONFIGURED and NO_ACTION",
		})
	}
	return rules
}

// networksHold is the rule that all are networks; it writes them in their own form.
func networksHold(field string, networks []string) setting {
	if len(networks) > maxNetworks {
		return setting{field, false, fmt.Sprintf("at most %d", maxNetworks)}
	}
	for i, text := range networks {
		n, ok := networkOf(text)
		if !ok {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, fmt.Sprintf("%q is no network; write 192.0.2.0/24 or 192.0.2.7", text)}
		}
		networks[i] = n.String()
	}
	return setting{field: field, holds: true}
}

// networkOf reads a network or a single address. Addresses are compared as IPv4
// where they can be, so that IPv4 inside IPv6 is written as such.
func networkOf(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	n, err := netip.ParsePrefix(text)
	if err != nil {
		return n, false
	}
	if a := n.Addr(); a.Is4In6() {
		if n.Bits() < 96 {
			return n, false
		}
		n = netip.PrefixFrom(a.Unmap(), n.Bits()-96)
	}
	return n.Masked(), true
}

func countriesHold(field string, codes []string) setting {
	for i, code := range codes {
		if !callingCodePattern.MatchString(code) {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, fmt.Sprintf("%q is no calling code; write it as +49", code)}
		}
	}
	return setting{field: field, holds: len(codes) <= 300, why: "at most 300"}
}
