package puzzle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity/fetch"
)

// CaptchaOptions name a provider's account.
type CaptchaOptions struct {
	Provider string // "turnstile" or "hcaptcha"
	SiteKey  string // public, stands in the page
	Secret   string
	// VerifyURL is asked about answers; the provider's own by default.
	VerifyURL string
	// Hosts are the hosts an answer may have been given on; none: any.
	Hosts  []string
	Client *fetch.Client // required
}

// LogValue hides the secret.
func (o CaptchaOptions) LogValue() slog.Value {
	return slog.GroupValue(slog.String("provider", o.Provider), slog.String("secret", "[hidden]"))
}

// provider is what differs between the two; their requests and answers are alike.
type provider struct {
	verify, script, class, field string
	origins                      []string
}

var providers = map[string]provider{
	// https://developers.cloudflare.com/turnstile/
	"turnstile": {
		verify:  "https://challenges.cloudflare.com/turnstile/v0/siteverify",
		script:  "https://challenges.cloudflare.com/turnstile/v0/api.js",
		class:   "cf-turnstile",
		field:   "cf-turnstile-response",
		origins: []string{"https://challenges.cloudflare.com"},
	},
	// https://docs.hcaptcha.com/
	"hcaptcha": {
		verify:  "https://api.hcaptcha.com/siteverify",
		script:  "https://js.hcaptcha.com/1/api.js",
		class:   "h-captcha",
		field:   "h-captcha-response",
		origins: []string{"https://hcaptcha.com", "https://*.hcaptcha.com"},
	},
}

// Captcha asks a provider whether somebody solved its challenge.
type Captcha struct {
	provider
	options CaptchaOptions
}

// OpenCaptcha answers a Captcha, or an error for an unknown provider, an address
// that cannot be asked, or a missing key. It asks nobody.
func OpenCaptcha(o CaptchaOptions) (*Captcha, error) {
	p, known := providers[o.Provider]
	if !known {
		return nil, fmt.Errorf("puzzle: no CAPTCHA provider %q: turnstile and hcaptcha are known", o.Provider)
	}
	if o.SiteKey == "" || o.Secret == "" {
		return nil, errors.New("puzzle: a CAPTCHA needs a site key and a secret")
	}
	if o.VerifyURL == "" {
		o.VerifyURL = p.verify
	}
	if err := o.Client.Check(o.VerifyURL); err != nil {
		return nil, err
	}
	return &Captcha{provider: p, options: o}, nil
}

// Script is the address of the provider's script for the page.
func (c *Captcha) Script() string { return c.script }

// Class is the class by which that script finds the element that it fills; the
// element carries SiteKey as data-sitekey.
func (c *Captcha) Class() string { return c.class }

// SiteKey is the public key of the site.
func (c *Captcha) SiteKey() string { return c.options.SiteKey }

// Field is the name of the form field that the script adds.
func (c *Captcha) Field() string { return c.field }

// Origins go into script-src, frame-src, style-src and connect-src of the page's
// Content-Security-Policy.
func (c *Captcha) Origins() []string { return slices.Clone(c.origins) }

// longestResponse is twice what the providers promise (Turnstile: 2,048).
const longestResponse = 4096

// Verify says whether the provider takes response, from the form field Field, as
// solved. remoteIP may be empty. An error means that nobody knows: the provider
// could not be asked, or refuses our account.
func (c *Captcha) Verify(ctx context.Context, response, remoteIP string) (bool, error) {
	if response == "" || len(response) > longestResponse {
		return false, nil
	}
	form := url.Values{"secret": {c.options.Secret}, "response": {response}}
	if remoteIP != "" {
		form.Set("remoteip", remoteIP)
	}
	answer, err := c.options.Client.PostForm(ctx, c.options.VerifyURL, form)
	if err != nil {
		return false, err
	}
	return c.judge(answer)
}

// siteVerify is the answer both providers give.
type siteVerify struct {
	Success  bool     `json:"success"`
	Hostname string   `json:"hostname"`
	Errors   []string `json:"error-codes"`
}

func (c *Captcha) judge(answer fetch.Response) (bool, error) {
	var v siteVerify
	if err := json.Unmarshal(answer.Body, &v); err != nil {
		return false, fmt.Errorf("puzzle: %s answers %d, not as agreed", c.options.Provider, answer.Status)
	}
	for _, code := range v.Errors {
		if ours(code) {
			return false, fmt.Errorf("puzzle: %s refuses: %s", c.options.Provider, code)
		}
	}
	right := len(c.options.Hosts) == 0 || v.Hostname == "" || slices.Contains(c.options.Hosts, v.Hostname)
	return v.Success && right, nil
}

// ours: the fault lies with the account or the provider, not with the response.
func ours(code string) bool {
	return strings.Contains(code, "secret") || strings.Contains(code, "sitekey") || code == "internal-error" || code == "bad-request"
}
