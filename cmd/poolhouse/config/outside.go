package config

import (
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/puzzle"
	"poolhouse.dev/identity/risk"
)

// Fetcher makes the client for everything that the server fetches: public
// addresses, and the networks that outgoing.allow_networks opens.
func (f *File) Fetcher() *fetch.Client { return f.fetcher(fetch.Options{}) }

func (f *File) fetcher(options fetch.Options) *fetch.Client {
	for _, text := range f.Outgoing.AllowNetworks {
		if network, err := Network(text); err == nil { // checked with the configuration
			options.Allow = append(options.Allow, network)
		}
	}
	return fetch.New(options)
}

// ProviderFetcher makes the client that asks identity providers: as Fetcher, but
// for redirects to another host, which no discovery document has a reason for.
func (f *File) ProviderFetcher() *fetch.Client { return f.fetcher(fetch.Options{SameHost: true}) }

// AppFetcher makes the client that calls apps: as Fetcher, but quicker to give up,
// with no use for what an app answers beyond its status, and for no redirect.
func (f *File) AppFetcher() *fetch.Client {
	return f.fetcher(fetch.Options{Timeout: 4 * time.Second, MaxBytes: 16 << 10, Redirects: -1})
}

// OpenCaptcha opens the account that the file names; nil where it names none.
func (f *File) OpenCaptcha() (*puzzle.Captcha, error) {
	c := f.Captcha
	if c == (Captcha{}) {
		return nil, nil
	}
	return puzzle.OpenCaptcha(puzzle.CaptchaOptions{
		Provider: c.Provider, SiteKey: c.SiteKey, Secret: string(c.SecretKey), VerifyURL: c.VerifyURL, Client: f.Fetcher(),
	})
}

// outside checks the files and addresses that the settings name: what cannot be
// used is found before the start, not at the first sign-in.
func (c *checker) outside(f *File) {
	c.networks("outgoing.allow_networks", f.Outgoing.AllowNetworks)
	c.openable("places", f.Places, "name a file in MaxMind's DB format, such as GeoLite2-City.mmdb", func(path string) error {
		places, err := risk.OpenPlaces(path)
		return either(err, func() error { return places.Close() })
	})
	c.openable("breached_passwords.file", f.Breached.File, "make it with: poolhouse breached build", func(path string) error {
		filter, err := password.OpenFilter(path)
		return either(err, func() error { return filter.Close() })
	})
	c.openable("disposable_domains", f.Disposable, "write one domain a line, such as mailinator.com", func(path string) error {
		_, err := ReadDomains(path)
		return err
	})
	if text := f.Breached.RangeURL; text != "" && !fetchable(text) {
		c.fail("breached_passwords.range_url", "write "+password.RangeURL, "%q is no address that can be asked", text)
	}
	c.captcha(f)
	c.triggers(f)
}

func either(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

func (c *checker) openable(path, file, fix string, open func(string) error) {
	if file == "" {
		return
	}
	err := open(file)
	var broken *fs.PathError
	if errors.As(err, &broken) {
		c.fail(path, fix, "cannot read %q: %v", file, broken.Err)
	} else if err != nil {
		c.fail(path, fix, "%q cannot be used: %s", file, strings.TrimPrefix(err.Error(), file+": "))
	}
}

func fetchable(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && portUsable(u.Port())
}

func (c *checker) captcha(f *File) {
	if f.Captcha == (Captcha{}) {
		return
	}
	c.oneOf("captcha.provider", f.Captcha.Provider, "turnstile", "hcaptcha")
	for path, value := range map[string]string{
		"captcha.provider": f.Captcha.Provider, "captcha.site_key": f.Captcha.SiteKey, "captcha.secret_key": string(f.Captcha.SecretKey),
	} {
		if value == "" {
			c.fail(path, "add it, or remove captcha", "it is missing")
		}
	}
	if text := f.Captcha.VerifyURL; text != "" && !fetchable(text) {
		c.fail("captcha.verify_url", "leave it out to ask the provider", "%q is no address that can be asked", text)
	}
}
