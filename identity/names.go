package identity

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Names are compared in one spelling only, made here, for storing, looking up,
// counting and uniqueness alike: PRECIS UsernameCaseMapped (RFC 8265 §3.3), or
// UsernameCasePreserved in case-sensitive pools; domains of addresses as lower
// A-labels (RFC 5891); numbers in E.164. PRECIS refuses zero-width characters,
// direction marks, controls, spaces and compatibility forms.

// Longest names: Cognito's UsernameType, RFC 5321 §4.5.3.1.
const (
	maxUsername  = 128
	maxAddress   = 254
	maxLocalPart = 64
)

var (
	errName = errors.New("not a usable name")

	phonePattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

	// RFC 5322 §3.2.3 dot-atom; RFC 6531 adds everything above ASCII.
	localPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}-]+)*$")

	// UTS 46 mapping makes U-labels, upper case and the ideographic full stop one spelling.
	domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
)

// socialProviders begin the names of people who come from there
// (ProviderName_subject), whether or not the pool knows them yet.
var socialProviders = []string{"Google", "Facebook", "LoginWithAmazon", "SignInWithApple"}

// canonicalName is the spelling under which a name is stored and found. A name
// that looks like an address or a number is spelled as one.
func canonicalName(p *Pool, name string) (string, error) {
	if email, err := canonicalEmail(p, name); err == nil {
		return email, nil
	}
	if phone, ok := phoneOf(name); ok {
		return phone, nil
	}
	return canonicalUsername(p, name)
}

func canonicalUsername(p *Pool, name string) (string, error) {
	if !utf8.ValidString(name) || len(name) > 4*maxUsername {
		return "", errName
	}
	spelled, err := profile(p).String(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errName, err)
	}
	if n := utf8.RuneCountInString(spelled); n == 0 || n > maxUsername {
		return "", errName
	}
	return spelled, nil
}

func profile(p *Pool) *precis.Profile {
	if p.UsernameConfiguration.CaseSensitive {
		return precis.UsernameCasePreserved
	}
	return precis.UsernameCaseMapped
}

// canonicalEmail is how an address is compared.
func canonicalEmail(p *Pool, address string) (string, error) {
	return spellEmail(profile(p), address)
}

// storedEmail is how an address is kept and mailed: the local part keeps its
// case, but look-alike letters are resolved, so that what is mailed is what is compared.
func storedEmail(address string) (string, error) {
	return spellEmail(precis.UsernameCasePreserved, address)
}

func spellEmail(local *precis.Profile, address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || !utf8.ValidString(address) || len(address) > 2*maxAddress {
		return "", errName
	}
	before, err := local.String(address[:at])
	if err != nil || len(before) > maxLocalPart || !localPattern.MatchString(before) {
		return "", errName
	}
	after, err := domains.ToASCII(address[at+1:])
	if err != nil || after == "" || len(before)+1+len(after) > maxAddress {
		return "", errName
	}
	return before + "@" + after, nil
}

// phoneOf answers a number in E.164; separators that people write are dropped.
func phoneOf(number string) (string, bool) {
	if len(number) > 64 || !utf8.ValidString(number) {
		return "", false
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("().\u00a0", r) {
			return -1
		}
		return r
	}, otp.Normalise(number))
	return digits, phonePattern.MatchString(digits)
}

// looseName is the canonical spelling of anything that was typed, usable or
// not, so that tries with unusable names are counted too.
func looseName(p *Pool, typed string) string {
	typed = strings.TrimSpace(typed)
	if name, err := canonicalName(p, typed); err == nil {
		return name
	}
	return "?" + strings.ToValidUTF8(typed, "?")
}

// checkUsername says whether a person may take this username in the pool.
// providers are the identity providers whose people's names are reserved.
func checkUsername(p *Pool, name string, providers []string) error {
	spelled, err := canonicalUsername(p, name)
	if err != nil {
		return err
	}
	if provider := reservedFor(spelled, providers); provider != "" {
		return fmt.Errorf("%w: reserved for people from %s", errName, provider)
	}
	if looksLikeAlias(p, spelled) {
		return fmt.Errorf("%w: looks like an address or number", errName)
	}
	return nil
}

// reservedFor answers the provider whose people have names that begin like this
// one; "" for none.
func reservedFor(name string, providers []string) string {
	for _, provider := range slices.Concat(socialProviders, providers) {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(provider)+"_") {
			return provider
		}
	}
	return ""
}

// looksLikeAlias: where addresses or numbers are aliases, no other name may
// look like one, or it would take the alias from its owner (Cognito answers
// InvalidParameterException).
func looksLikeAlias(p *Pool, name string) bool {
	if addressesAreNames(p, attrEmail) && strings.ContainsRune(name, '@') {
		return true
	}
	_, phone := phoneOf(name)
	return phone && addressesAreNames(p, attrPhone)
}

// addressesAreNames says that people may sign in with this attribute.
func addressesAreNames(p *Pool, attribute string) bool {
	return slices.Contains(p.UsernameAttributes, attribute) || slices.Contains(p.AliasAttributes, attribute)
}

// setNames writes down every name the user is found by: username and sub, the
// addresses of a username_attributes pool, the verified aliases of an alias pool.
func setNames(p *Pool, u *User) error {
	names := []string{string(u.ID)}
	add := func(name string, err error) error {
		if err == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
		return err
	}
	if u.Username != string(u.ID) {
		if err := add(canonicalName(p, u.Username)); err != nil {
			return err
		}
	}
	for _, attribute := range []string{attrEmail, attrPhone, attrPreferredUsername} {
		value := u.Attributes[attribute]
		if value == "" || !isName(p, u, attribute) {
			continue
		}
		if err := add(canonicalName(p, value)); err != nil {
			return err
		}
	}
	u.Names = names
	return nil
}

// isName: the address of a username_attributes pool is a name at once, an
// alias only once it is verified; preferred_username needs no verification but
// a confirmed user (Cognito's rules).
func isName(p *Pool, u *User, attribute string) bool {
	if slices.Contains(p.UsernameAttributes, attribute) {
		return true
	}
	if !slices.Contains(p.AliasAttributes, attribute) {
		return false
	}
	if attribute == attrPreferredUsername {
		return u.Status != Unconfirmed
	}
	return u.Attributes[attribute+verifiedSuffix] == "true"
}

// nameTaken says that another user holds a name.
type nameTaken struct {
	Name   string
	Holder UserID
}

func (e *nameTaken) Error() string { return "name is taken" }

// reserveName takes a name for a user, by Insert: whoever comes first has it.
func reserveName(w storage.Writer, pool PoolID, name string, user UserID) error {
	err := userNames.Insert(w, nameRecord{PoolID: pool, Name: name, UserID: user})
	if !errors.Is(err, storage.ErrExists) {
		return err
	}
	held, err := userNames.Get(w, string(pool), name)
	if err != nil {
		return fmt.Errorf("name: %w", err)
	}
	return &nameTaken{Name: name, Holder: held.UserID}
}

// findUser answers the user behind anything typed as a name, or storage.ErrNotFound.
func (c *Core) findUser(r storage.Reader, p *Pool, typed string) (User, error) {
	name, err := canonicalName(p, strings.TrimSpace(typed))
	if err != nil {
		return User{}, storage.ErrNotFound
	}
	held, err := userNames.Get(r, string(p.ID), name)
	if errors.Is(err, storage.ErrNotFound) {
		return User{}, err
	}
	if err != nil {
		return User{}, fmt.Errorf("name: %w", err)
	}
	u, err := users.Get(r, string(p.ID), string(held.UserID))
	if err != nil {
		return User{}, fmt.Errorf("user %s: %w", held.UserID, err)
	}
	return u, nil
}
