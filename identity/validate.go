package identity

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"poolhouse.dev/identity/password"
)

// Patterns of the Cognito API model. How long a text may be stands in none of them: {1,256}
// makes 256 copies of a class, a fifth of a megabyte at each start.
var (
	poolIDPattern     = regexp.MustCompile(`^[\w-]+_[0-9a-zA-Z]+$`)
	clientIDPattern   = regexp.MustCompile(`^[\w+-]+$`)
	labelPattern      = regexp.MustCompile(`^[\w\s+=,.@-]+$`)
	namePattern       = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
	identifierPattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)
	scopePattern      = regexp.MustCompile(`^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+$`)
	colourPattern     = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	fontPattern       = regexp.MustCompile(`^[\p{L}\p{N} ,'"_-]+$`)
)

// setting is one rule: what must hold for a field of the settings.
type setting struct {
	field string
	holds bool
	why   string
}

// firstBroken answers InvalidParameter for the first rule that does not hold.
func firstBroken(op string, rules []setting) error {
	for _, rule := range rules {
		if !rule.holds {
			return &Error{Code: InvalidParameter, Op: op, Field: rule.field, Err: errors.New(rule.why)}
		}
	}
	return nil
}

// allBroken answers InvalidParameter for the first rule that does not hold of
// every field, joined.
func allBroken(op string, rules []setting) error {
	var broken []error
	told := map[string]bool{}
	for _, rule := range rules {
		if !rule.holds && !told[rule.field] {
			told[rule.field] = true
			broken = append(broken, firstBroken(op, []setting{rule}))
		}
	}
	return errors.Join(broken...)
}

// among is the rule that all values are among the choices, none twice.
func among(field string, values []string, why string, choices ...string) setting {
	for i, value := range values {
		if !slices.Contains(choices, value) {
			return setting{field, false, fmt.Sprintf("%s; %q is none of them", why, value)}
		}
		if slices.Contains(values[:i], value) {
			return setting{field, false, fmt.Sprintf("%q stands there twice", value)}
		}
	}
	return setting{field: field, holds: true}
}

// fits bounds a text apart from its pattern: a bounded repeat of a Unicode
// class compiles to megabytes, at every start.
func fits(pattern *regexp.Regexp, text string, longest int) bool {
	return utf8.RuneCountInString(text) <= longest && pattern.MatchString(text)
}

// isLabel: Cognito's PoolName and ClientName.
func isLabel(text string) bool {
	return utf8.RuneCountInString(text) <= 128 && labelPattern.MatchString(text)
}

// oneOf says that value is empty or one of the choices.
func oneOf(value string, choices ...string) bool {
	return value == "" || slices.Contains(choices, value)
}

func within(n, low, high int) bool { return low <= n && n <= high }

// ValidatePool holds a pool against Cognito's bounds and the house's rules, and
// writes the names of custom attributes out in full. It answers
// InvalidParameter with the field, named as in the file; several are joined.
func ValidatePool(p *Pool) error {
	const op = "ValidatePool"
	addresses := []string{attrEmail, attrPhone}
	rules := []setting{
		{"id", len(p.ID) <= 55 && poolIDPattern.MatchString(string(p.ID)), "must look like local_main: letters, digits, - and _, then _ and letters or digits, at most 55"},
		{"pool_name", isLabel(p.Name), "must have 1-128 letters, digits, spaces or _ + = , . @ -"},
		among("username_attributes", p.UsernameAttributes, "takes email and phone_number", addresses...),
		among("alias_attributes", p.AliasAttributes, "takes email, phone_number and preferred_username", attrEmail, attrPhone, attrPreferredUsername),
		{"alias_attributes", len(p.AliasAttributes) == 0 || len(p.UsernameAttributes) == 0, "cannot stand beside username_attributes"},
		among("auto_verified_attributes", p.AutoVerifiedAttributes, "takes email and phone_number", addresses...),
		{"sign_up_confirmation", oneOf(p.SignUpConfirmation, "automatic", ByAdministrator), "takes automatic and administrator"},
		{"session_lifetime.idle_minutes", within(p.SessionLifetime.IdleMinutes, 0, 525600), "must be 0-525600"},
		{"session_lifetime.absolute_minutes", within(p.SessionLifetime.AbsoluteMinutes, 0, 525600), "must be 0-525600"},
		{"session_lifetime.idle_minutes", p.SessionLifetime.AbsoluteMinutes == 0 || p.SessionLifetime.IdleMinutes <= p.SessionLifetime.AbsoluteMinutes, "must not be longer than absolute_minutes"},
		{"session_management", oneOf(p.SessionManagement, "OFF", "ON"), "takes OFF and ON"},
		{"default_language", isLanguage(p.DefaultLanguage), "must be a language tag such as en or pt-BR"},
	}
	return errors.Join(
		allBroken(op, slices.Concat(rules, factorRules(p), abuseRules(p), registrationRules(p), triggerRules(p), poolAPIRules(p), levelRules(p), templateRules(p))),
		validatePolicy(op, p.Policies.PasswordPolicy),
		validateSchema(op, p),
		validateRecovery(op, p.AccountRecovery.RecoveryMechanisms),
		validateResourceServers(op, p.ResourceServers),
		ValidateTheme(&p.Theme),
	)
}

func isLanguage(tag string) bool {
	if tag == "" {
		return true
	}
	_, err := language.Parse(tag)
	return err == nil
}

func validatePolicy(op string, policy password.Policy) error {
	err := policy.Validate()
	bounds := (*password.PolicyError)(nil)
	if errors.As(err, &bounds) {
		return &Error{Code: InvalidParameter, Op: op, Field: "policies.password_policy." + bounds.Field, Err: err}
	}
	return err
}

// validateSchema: only standard attributes can be required, custom ones are
// named custom:NAME (7.1 of Cognito's user model).
func validateSchema(op string, p *Pool) error {
	seen := map[string]bool{}
	custom := 0
	for i := range p.Schema {
		a, at := &p.Schema[i], fmt.Sprintf("schema[%d]", i)
		standard := slices.Contains(standardAttributes, a.Name)
		if !standard && !strings.HasPrefix(a.Name, customPrefix) {
			a.Name = customPrefix + a.Name
		}
		if !standard {
			custom++
		}
		short := strings.TrimPrefix(a.Name, customPrefix)
		err := firstBroken(op, []setting{
			{at, !seen[a.Name], a.Name + " stands there twice"},
			{at, standard || fits(namePattern, short, 20), "a custom attribute's name has 1-20 visible characters: " + short},
			{at, short != attrSub && !strings.HasSuffix(short, verifiedSuffix) && short != "identities" || !standard && short == a.Name, short + " is kept by the pool itself"},
			{at, standard || !a.Required, a.Name + ": only standard attributes can be required"},
			{at, oneOf(a.DataType, "String", "Number", "Boolean", "DateTime"), a.Name + ": attribute_data_type takes String, Number, Boolean and DateTime"},
			{at, boundsHold(a), a.Name + ": the bounds are the wrong way round"},
			{at, !a.Required || a.Name != attrPreferredUsername || !slices.Contains(p.AliasAttributes, a.Name), "preferred_username cannot be both required and an alias"},
			{"schema", custom <= 50, "at most 50 custom attributes"},
		})
		if err != nil {
			return err
		}
		seen[a.Name] = true
	}
	return nil
}

func boundsHold(a *Attribute) bool {
	if r := a.StringRule; r != nil {
		if r.MinLength != nil && *r.MinLength < 0 || r.MaxLength != nil && !within(*r.MaxLength, 0, maxAttributeValue) {
			return false
		}
		if r.MinLength != nil && r.MaxLength != nil && *r.MinLength > *r.MaxLength {
			return false
		}
	}
	r := a.NumberRule
	return r == nil || r.MinValue == nil || r.MaxValue == nil || *r.MinValue <= *r.MaxValue
}

func validateRecovery(op string, ways []RecoveryMechanism) error {
	const field = "account_recovery_setting.recovery_mechanisms"
	seen := map[int]bool{}
	for _, way := range ways {
		err := firstBroken(op, []setting{
			{field, way.Name != "" && oneOf(way.Name, "verified_email", "verified_phone_number", "admin_only"), "takes verified_email, verified_phone_number and admin_only"},
			{field, within(way.Priority, 1, 2) && !seen[way.Priority], "priorities are 1 and 2, each once"},
			{field, way.Name != "admin_only" || len(ways) == 1, "admin_only stands alone"},
		})
		if err != nil {
			return err
		}
		seen[way.Priority] = true
	}
	return nil
}

func validateResourceServers(op string, servers []ResourceServer) error {
	seen := map[string]bool{}
	for i, server := range servers {
		at := fmt.Sprintf("resource_servers[%d].", i)
		err := firstBroken(op, []setting{
			{at + "identifier", fits(identifierPattern, server.Identifier, 256), "must have 1-256 printable ASCII characters without space, quote and backslash"},
			{at + "identifier", !seen[server.Identifier], server.Identifier + " stands there twice"},
			{at + "name", utf8.RuneCountInString(server.Name) <= 256, "must have at most 256 characters"},
			{at + "scopes", len(server.Scopes) <= 100, "at most 100 scopes"},
		})
		if err != nil {
			return err
		}
		seen[server.Identifier] = true
		if err := validateScopes(op, at, server.Scopes); err != nil {
			return err
		}
	}
	return nil
}

func validateScopes(op, server string, scopes []Scope) error {
	seen := map[string]bool{}
	for i, scope := range scopes {
		at := fmt.Sprintf("%sscopes[%d].", server, i)
		err := firstBroken(op, []setting{
			{at + "scope_name", fits(scopePattern, scope.Name, 256), "must have 1-256 printable ASCII characters without space, quote, backslash and slash"},
			{at + "scope_name", !seen[scope.Name], scope.Name + " stands there twice"},
			{at + "scope_description", utf8.RuneCountInString(scope.Description) <= 256, "must have at most 256 characters"},
		})
		if err != nil {
			return err
		}
		seen[scope.Name] = true
	}
	return nil
}

// ValidateTheme holds the form of a theme; the front end computes its contrast.
func ValidateTheme(t *Theme) error {
	const op = "ValidateTheme"
	colours := []setting{}
	for field, value := range map[string]string{
		"primary": t.Primary, "primary_dark": t.PrimaryDark, "background": t.Background, "background_dark": t.BackgroundDark,
		"surface": t.Surface, "surface_dark": t.SurfaceDark, "text": t.Text, "text_dark": t.TextDark,
	} {
		colours = append(colours, setting{"theme." + field, value == "" || colourPattern.MatchString(value), "must be a colour as #rrggbb"})
	}
	slices.SortFunc(colours, func(a, b setting) int { return strings.Compare(a.field, b.field) })
	return errors.Join(allBroken(op, colours), allBroken(op, []setting{
		{"theme.color_scheme", oneOf(t.ColorScheme, "auto", "light", "dark"), "takes auto, light and dark"},
		{"theme.radius", t.Radius == nil || within(*t.Radius, 0, 32), "must be 0-32"},
		{"theme.font_stack", t.FontStack == "" || fits(fontPattern, t.FontStack, 200), "takes names of fonts, separated by commas"},
	}))
}
