package saml

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/federation"
)

// Keys of provider_details. The first six are Cognito's.
const (
	DetailMetadataURL  = "MetadataURL"             // where the identity provider's metadata is fetched
	DetailMetadataFile = "MetadataFile"            // or the metadata itself, as XML
	DetailSignout      = "IDPSignout"              // "true": signing out here signs out there, and back
	DetailInit         = "IDPInit"                 // "true": responses that nobody asked for are taken
	DetailEncrypted    = "EncryptedResponses"      // "true": an encryption certificate is published, encrypted assertions are taken
	DetailSigning      = "RequestSigningAlgorithm" // "rsa-sha256": requests are signed

	DetailEntity     = "EntityID"         // which identity provider of the metadata; the only one when left out
	DetailFormat     = "NameIDFormat"     // persistent (the default), emailAddress, unspecified; transient with SubjectAttribute
	DetailAttribute  = "SubjectAttribute" // the attribute that is the subject's key, in place of the NameID
	DetailForce      = "ForceAuthn"       // "true": the person signs in anew there, each time
	DetailBinding    = "RequestBinding"   // redirect (the default) or post
	DetailTrust      = "trust_email"      // "true": every address it sends is verified; "false": none; else the attribute email_verified says
	detailSSO        = "SSORedirectBindingURI"
	detailSLO        = "SLORedirectBindingURI"
	detailEncryption = "ActiveEncryptionCertificate"
)

// allowed are the keys that provider_details may have. Cognito adds the last
// three to what it answers, so they come back from who read them there.
var allowed = set(DetailMetadataURL, DetailMetadataFile, DetailSignout, DetailInit, DetailEncrypted, DetailSigning,
	DetailEntity, DetailFormat, DetailAttribute, DetailForce, DetailBinding, DetailTrust, detailSSO, detailSLO, detailEncryption)

// formats are name identifier formats by their short names.
var formats = map[string]string{
	"": formatPersistent, "persistent": formatPersistent, "transient": formatTransient,
	"emailAddress": formatEmail, "unspecified": formatUnspecified,
}

// config is provider_details, read.
type config struct {
	url       string
	file      []byte
	entity    string
	format    string // the NameID's, as a URN
	asked     bool   // the format goes into the request
	attribute string
	signout   bool
	initiated bool
	encrypted bool
	signed    bool
	force     bool
	post      bool
}

// Check answers what is wrong with s as federation.Problems, or nil. It asks
// nobody: metadata behind a URL is looked at when it is needed.
func Check(s federation.Settings) error {
	_, problems := configure(s)
	return problems.Found()
}

func configure(s federation.Settings) (config, federation.Problems) {
	c := checker{details: s.Details}
	for key := range s.Details {
		if !allowed[key] {
			c.problem(key, "is no setting of a SAML provider")
		}
	}
	settings := config{
		url: s.Details[DetailMetadataURL], file: []byte(s.Details[DetailMetadataFile]),
		entity: s.Details[DetailEntity], attribute: s.Details[DetailAttribute],
		signout: c.flag(DetailSignout), initiated: c.flag(DetailInit), encrypted: c.flag(DetailEncrypted), force: c.flag(DetailForce),
		signed: c.choice(DetailSigning, "rsa-sha256") != "",
		post:   c.choice(DetailBinding, "redirect", "post") == "post",
	}
	c.choice(DetailTrust, "true", "false")
	settings.format = c.format(settings.attribute)
	settings.asked = settings.attribute == "" || s.Details[DetailFormat] != ""
	c.metadata(settings)
	slices.SortFunc(c.problems, func(a, b federation.Problem) int { return strings.Compare(a.Field, b.Field) })
	return settings, c.problems
}

type checker struct {
	details  map[string]string
	problems federation.Problems
}

func (c *checker) problem(field, text string) {
	c.problems = append(c.problems, federation.Problem{Field: field, Text: text})
}

// flag reads a setting of true and false, as Cognito does: in any case.
func (c *checker) flag(key string) bool {
	switch strings.ToLower(c.details[key]) {
	case "true":
		return true
	case "", "false":
	default:
		c.problem(key, "must be true or false")
	}
	return false
}

func (c *checker) choice(key string, choices ...string) string {
	value := c.details[key]
	if value != "" && !slices.Contains(choices, value) {
		c.problem(key, "must be "+strings.Join(choices, " or "))
	}
	return value
}

func (c *checker) format(attribute string) string {
	value := c.details[DetailFormat]
	urn, ok := formats[value]
	if !ok && slices.Contains([]string{formatPersistent, formatTransient, formatEmail, formatUnspecified}, value) {
		urn, ok = value, true
	}
	if !ok {
		c.problem(DetailFormat, "must be persistent, emailAddress, unspecified or transient")
	}
	// Core §8.3.8: a transient name is another at each sign-in, and nobody's key.
	if urn == formatTransient && attribute == "" {
		c.problem(DetailFormat, "may be transient only with a "+DetailAttribute)
	}
	return urn
}

func (c *checker) metadata(s config) {
	if (s.url == "") == (len(s.file) == 0) {
		c.problem(DetailMetadataURL, "or "+DetailMetadataFile+" must be there, and not both")
		return
	}
	if s.url != "" {
		if !safeURL(s.url) {
			c.problem(DetailMetadataURL, "must be an https address")
		}
		return
	}
	if _, err := parseMetadata(s.file, s.entity, time.Time{}); err != nil {
		c.problem(DetailMetadataFile, "cannot be used: "+err.Error())
	}
}

// safeURL says that an address is https, or http on this machine's own loopback,
// where nobody listens in between: no other scheme, user, fragment or control.
func safeURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 2048 || u.Host == "" || u.User != nil || strings.ContainsAny(address, " \t\r\n\"<>\\^`{|}#") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
