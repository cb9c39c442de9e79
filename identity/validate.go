package identity

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"poolhouse.dev/identity/password"
)

// Patterns of the Cognito API model.
var (
	poolIDPattern     = regexp.MustCompile(`^[\w-]+_[0-9a-zA-Z]+$`)
	clientIDPattern   = regexp.MustCompile(`^[\w+-]+$`)
	labelPattern      = regexp.MustCompile(`^[\w\s+=,.@-]+$`)
	namePattern       = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
	identifierPattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,256}$`)
	scopePattern      = regexp.MustCompile(`^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}$`)
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

// firstOf answers the first error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
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

// allOf says that all values are among the choices, none twice.
func allOf(values []string, choices ...string) bool {
	for i, value := range values {
		if !slices.Contains(choices, value) || slices.Contains(values[:i], value) {
			return false
		}
	}
	return true
}

func within(n, low, high int) bool { return low <= n && n <= high }

// ValidatePool holds a pool against Cognito's bounds and the house's rules, and
// writes the names of custom attributes out in full. It answers
// InvalidParameter with the field, named as in the file.
func ValidatePool(p *Pool) error {
	const op = "ValidatePool"
	addresses := []string{attrEmail, attrPhone}
	rules := []setting{
		{"id", len(p.ID) <= 55 && poolIDPattern.MatchString(string(p.ID)), "must look like local_main: letters, digits, - and _, then _ and letters or digits, at most 55"},
		{"pool_name", isLabel(p.Name), "must have 1-128 letters, digits, spaces or _ + = , . @ -"},
		{"username_attributes", allOf(p.UsernameAttributes, addresses...), "takes email and phone_number"},
		{"alias_attributes", allOf(p.AliasAttributes, attrEmail, attrPhone, attrPreferredUsername), "takes email, phone_number and preferred_username"},
		{"alias_attributes", len(p.AliasAttributes) == 0 || len(p.UsernameAttributes) == 0, "cannot stand beside username_attributes"},
		{"auto_verified_attributes", allOf(p.AutoVerifiedAttributes, addresses...), "takes email and phone_number"},
		{"mfa_configuration", oneOf(p.MFAConfiguration, "OFF", "OPTIONAL", "ON"), "takes OFF and OPTIONAL"},
		// A pool that says ON and lets people in by password alone would be a lie.
		{"mfa_configuration", p.MFAConfiguration != "ON", "cannot be ON: this version has no second factor yet; use OFF"},
		{"session_lifetime.idle_minutes", within(p.SessionLifetime.IdleMinutes, 0, 525600), "must be 0-525600"},
		{"session_lifetime.absolute_minutes", within(p.SessionLifetime.AbsoluteMinutes, 0, 525600), "must be 0-525600"},
		{"default_language", isLanguage(p.DefaultLanguage), "must be a language tag such as en or pt-BR"},
	}
	return firstOf(
		firstBroken(op, rules),
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
		a := &p.Schema[i]
		standard := slices.Contains(standardAttributes, a.Name)
		if !standard && !strings.HasPrefix(a.Name, customPrefix) {
			a.Name = customPrefix + a.Name
		}
		if !standard {
			custom++
		}
		short := strings.TrimPrefix(a.Name, customPrefix)
		err := firstBroken(op, []setting{
			{"schema", !seen[a.Name], a.Name + " stands there twice"},
			{"schema", standard || fits(namePattern, short, 20), "a custom attribute's name has 1-20 visible characters: " + short},
			{"schema", short != attrSub && !strings.HasSuffix(short, verifiedSuffix) && short != "identities" || !standard && short == a.Name, short + " is kept by the pool itself"},
			{"schema", standard || !a.Required, a.Name + ": only standard attributes can be required"},
			{"schema", oneOf(a.DataType, "String", "Number", "Boolean", "DateTime"), a.Name + ": attribute_data_type takes String, Number, Boolean and DateTime"},
			{"schema", boundsHold(a), a.Name + ": the bounds are the wrong way round"},
			{"schema", !a.Required || a.Name != attrPreferredUsername || !slices.Contains(p.AliasAttributes, a.Name), "preferred_username cannot be both required and an alias"},
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
	for _, server := range servers {
		err := firstBroken(op, []setting{
			{"resource_servers.identifier", identifierPattern.MatchString(server.Identifier), "must have 1-256 printable ASCII characters without space, quote and backslash"},
			{"resource_servers.identifier", !seen[server.Identifier], server.Identifier + " stands there twice"},
			{"resource_servers.name", utf8.RuneCountInString(server.Name) <= 256, "must have at most 256 characters"},
			{"resource_servers.scopes", len(server.Scopes) <= 100, "at most 100 scopes"},
		})
		if err != nil {
			return err
		}
		seen[server.Identifier] = true
		if err := validateScopes(op, server.Scopes); err != nil {
			return err
		}
	}
	return nil
}

func validateScopes(op string, scopes []Scope) error {
	seen := map[string]bool{}
	for _, scope := range scopes {
		err := firstBroken(op, []setting{
			{"resource_servers.scopes.scope_name", scopePattern.MatchString(scope.Name), "must have 1-256 printable ASCII characters without space, quote, backslash and slash"},
			{"resource_servers.scopes.scope_name", !seen[scope.Name], scope.Name + " stands there twice"},
			{"resource_servers.scopes.scope_description", utf8.RuneCountInString(scope.Description) <= 256, "must have at most 256 characters"},
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
	return firstOf(firstBroken(op, colours), firstBroken(op, []setting{
		{"theme.color_scheme", oneOf(t.ColorScheme, "auto", "light", "dark"), "takes auto, light and dark"},
		{"theme.radius", t.Radius == nil || within(*t.Radius, 0, 32), "must be 0-32"},
		{"theme.font_stack", t.FontStack == "" || fits(fontPattern, t.FontStack, 200), "takes names of fonts, separated by commas"},
	}))
}
