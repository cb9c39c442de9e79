package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/password"
)

func TestWhatLiesOutsideIsChecked(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"places that are not there":              {"places: nowhere.mmdb\n", `:1: places: cannot read "nowhere.mmdb": no such file or directory; name a file in MaxMind's DB format`},
		"places in another form":                 {"places: text.txt\n", `:1: places: "text.txt" cannot be used: `},
		"a filter that is none":                  {"breached_passwords: {file: text.txt}\n", `:1: breached_passwords.file: "text.txt" cannot be used: password: not a breach filter`},
		"a service at no address":                {"breached_passwords: {range_url: haveibeenpwned}\n", `:1: breached_passwords.range_url: "haveibeenpwned" is no address that can be asked; write https://api.pwnedpasswords.com/range/`},
		"a domain that is none":                  {"disposable_domains: text.txt\n", `:1: disposable_domains: "text.txt" cannot be used: line 1: "what people wrote" is no domain`},
		"a network that is none":                 {"outgoing: {allow_networks: [mine]}\n", `:1: outgoing.allow_networks[0]: "mine" is no network or address`},
		"a CAPTCHA of nobody's":                  {"captcha: {provider: recaptcha, site_key: a, secret_key: b}\n", `:1: captcha.provider: "recaptcha" is not known; write turnstile, hcaptcha`},
		"a CAPTCHA without its secret":           {"captcha: {provider: turnstile, site_key: a}\n", `:1: captcha.secret_key: it is missing; add it, or remove captcha`},
		"a CAPTCHA asked at no address":          {"captcha: {provider: turnstile, site_key: a, secret_key: b, verify_url: ftp://x}\n", `:1: captcha.verify_url: "ftp://x" is no address that can be asked`},
		"a key that belongs one up":              {"breached_passwords: {places: x}\n", `"places" belongs at the top of the file`},
		"a key near one that is there":           {"captcha: {secretkey: x}\n", `did you mean "secret_key"?`},
		"a certificate without its key":          {"tls: {certificate: text.txt}\n", `:1: tls: one of the two is missing; name both files, certificate and private_key`},
		"a certificate that is none":             {"tls: {certificate: text.txt, private_key: text.txt}\n", `:1: tls.certificate: "text.txt" cannot be used: tls: failed to find any PEM data`},
		"certificates asked for without TLS":     {"tls: {client_certificates: request}\n", `:1: tls.client_certificates: nobody is asked without TLS`},
		"certificates asked for otherwise":       {"tls: {client_certificates: require}\n", `:1: tls.client_certificates: "require" is not known; write off, request`},
		"authorities that are none":              {"client_authorities: text.txt\n", `:1: client_authorities: "text.txt" cannot be used: no certificate in PEM is in it`},
		"a header that nobody may send":          {"client_certificate_header: X-Client-Cert\n", `:1: client_certificate_header: no proxy is trusted, so nobody may send it`},
		"a header that is none":                  {"client_certificate_header: 'a b'\ntrusted_proxies: [127.0.0.1]\n", `:1: client_certificate_header: "a b" is no name of a header`},
		"a host that asks for nothing":           {"client_certificate_host: mtls.example.test\n", `:1: client_certificate_host: nobody asks for certificates`},
		"a client whose certificate never comes": {clientOf("token_endpoint_auth_method: self_signed_tls_client_auth, jwks_uri: 'https://a.test/'"), `pools[0].clients[0].token_endpoint_auth_method: no certificate of a client comes here; set tls.client_certificates: request`},
		"a client bound to what never comes":     {clientOf("client_secret: 0123456789abcdef, tls_client_certificate_bound_access_tokens: true"), `pools[0].clients[0].tls_client_certificate_bound_access_tokens: no certificate of a client comes here`},
		"a client for whom nobody vouches":       {clientOf("token_endpoint_auth_method: tls_client_auth, tls_client_auth_subject_dn: CN=a") + "client_certificate_header: Client-Cert\ntrusted_proxies: [127.0.0.1]\n", `pools[0].clients[0].token_endpoint_auth_method: nobody vouches for certificates; name their authorities in client_authorities`},
		"a secret that is short for signing":     {clientOf("token_endpoint_auth_method: client_secret_jwt, client_secret: 0123456789abcdef"), `pools[0].clients[0].client_secret: client_secret_jwt needs 32 characters`},
		"text for the breached passwords":        {"breached_passwords: on\n", `breached_passwords must hold keys, not a single value`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("text.txt", []byte("what people wrote\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			parsed, err := load(t, c.text)
			if err == nil {
				err = CheckServer(&parsed.File, parsed, nil)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}

// clientOf is a file with one client.
func clientOf(settings string) string {
	return "pools:\n  - id: local_main\n    clients:\n      - {client_name: web, client_id: web, callback_urls: ['https://a.test/'], " + settings + "}\n"
}

func TestAFilterAndACaptchaAreTaken(t *testing.T) {
	filter := filepath.Join(t.TempDir(), "breached.filter")
	out, err := os.Create(filter)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := password.BuildFilter(strings.NewReader("letmein\n"), out, password.FilterOptions{Plain: true}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	parsed, err := load(t, "breached_passwords: {file: "+filter+"}\ncaptcha: {provider: turnstile, site_key: a, secret_key: b}\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckServer(&parsed.File, parsed, nil); err != nil {
		t.Error(err)
	}
	if captcha, err := parsed.OpenCaptcha(); err != nil || captcha.SiteKey() != "a" {
		t.Errorf("opened %v, %v", captcha, err)
	}
}

func TestTheCaptchasSecretIsNotShown(t *testing.T) {
	parsed, err := load(t, "captcha: {provider: turnstile, site_key: seen, secret_key: hunter2}\nbreached_passwords: {range_url: \"https://hunter2@x.test/\"}\n")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := Shown(parsed.File)
	if err != nil {
		t.Fatal(err)
	}
	if text := textOf(t, shown); strings.Contains(text, "hunter2") || !strings.Contains(text, "seen") {
		t.Errorf("shows:\n%s", text)
	}
}

func TestAListOfDomainsIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domains.txt")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(text string) {
		t.Helper()
		at = at.Add(time.Second) // no wait for the clock of the file system
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	write("# thrown away\nTrash.test # and what is below it\n\nbücher.test\n")
	d, err := OpenDomains(path, func(error) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	has := func(want string) {
		t.Helper()
		var got []string
		for _, domain := range []string{"trash.test", "mail.TRASH.test", "notrash.test", "test", "xn--bcher-kva.test", "BÜCHER.test", "new.test"} {
			if d.Has(domain) {
				got = append(got, domain)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("it has %v, want %s", got, want)
		}
	}
	has("trash.test mail.TRASH.test xn--bcher-kva.test BÜCHER.test")
	write("new.test\n")
	has("new.test")
	write("no domain at all\n")
	has("new.test")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	has("new.test")
	if told != 2 {
		t.Errorf("%d problems were told, want 2", told)
	}
	write("trash.test\n")
	has("trash.test mail.TRASH.test")
}
