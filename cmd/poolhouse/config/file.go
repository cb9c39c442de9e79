// Package config reads poolhouse.yaml: strictly, with the line of every
// mistake and its fix. The keys of pools, clients, groups and users are the
// JSON names of the types they fill, so that file, store and API share one
// vocabulary (docs/configure).
package config

import (
	"poolhouse.dev/web/cognito"
)

// File is poolhouse.yaml. The zero value is a working configuration once
// Defaults has filled it.
type File struct {
	PublicURL      string   `json:"public_url,omitempty"`
	Listen         string   `json:"listen,omitempty"`
	Data           string   `json:"data,omitempty"`
	Storage        string   `json:"storage,omitempty"`
	MasterKeyFile  string   `json:"master_key_file,omitempty"`
	Hosts          []string `json:"hosts,omitempty"`           // further host names that are answered
	TrustedProxies []string `json:"trusted_proxies,omitempty"` // networks that may say who a request comes from
	TLS            TLS      `json:"tls"`
	// ClientCertificateHeader is where a trusted proxy hands on a client's certificate.
	ClientCertificateHeader string `json:"client_certificate_header,omitempty"`
	// ClientCertificateHost is the host name under which certificates are asked for; ""
	// is every one.
	ClientCertificateHost string `json:"client_certificate_host,omitempty"`
	// ClientAuthorities is a PEM file of those who vouch for clients (tls_client_auth).
	ClientAuthorities string                 `json:"client_authorities,omitempty"`
	MetricsFrom       []string               `json:"metrics_from,omitempty"` // networks that may read /metrics; nil is this machine, empty is nobody
	Log               string                 `json:"log,omitempty"`          // auto, text, json
	LogLevel          string                 `json:"log_level,omitempty"`
	Email             Email                  `json:"email"`
	SMS               SMS                    `json:"sms"`
	RateLimits        *bool                  `json:"rate_limits,omitempty"`
	Places            string                 `json:"places,omitempty"` // .mmdb file that tells where addresses are
	Breached          Breached               `json:"breached_passwords"`
	Disposable        string                 `json:"disposable_domains,omitempty"` // file of mail domains, one a line
	Captcha           Captcha                `json:"captcha"`
	Outgoing          Outgoing               `json:"outgoing"`
	Triggers          Triggers               `json:"triggers"`
	LogDelivery       []LogTarget            `json:"log_delivery,omitempty"` // what ARNs of log deliveries stand for
	AccessKeys        []AccessKey            `json:"access_keys,omitempty"`  // open the API, beside those of the store
	Pools             []cognito.PoolSettings `json:"pools,omitempty"`
}

// TLS makes the server speak TLS by itself; the zero value leaves it to a proxy.
type TLS struct {
	Certificate        string `json:"certificate,omitempty"` // PEM files, read again when they change
	PrivateKey         string `json:"private_key,omitempty"`
	ClientCertificates string `json:"client_certificates,omitempty"` // off (default), request
	// Certificates are further ones, for the names of pools' domains.
	Certificates []CertificateFiles `json:"certificates,omitempty"`
}

// CertificateFiles are a certificate and its key in PEM.
type CertificateFiles struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

// On says that the server speaks TLS.
func (t TLS) On() bool { return t.Certificate != "" }

// More answers the files of the further certificates, each with its key.
func (t TLS) More() (files [][2]string) {
	for _, one := range t.Certificates {
		files = append(files, [2]string{one.Certificate, one.PrivateKey})
	}
	return files
}

// TakesCertificates says that clients' certificates come here, from the listener or
// a proxy.
func (f *File) TakesCertificates() bool {
	return f.ClientCertificateHeader != "" || f.TLS.On() && f.TLS.ClientCertificates == "request"
}

// Breached says where breached passwords are looked up; with both, the file first.
type Breached struct {
	File     string `json:"file,omitempty"`      // made by `poolhouse breached build`
	RangeURL string `json:"range_url,omitempty"` // a service like Have I Been Pwned's; it learns five of forty characters of a hash
}

// Captcha names an account with a provider of CAPTCHAs; without one the house
// asks browsers for a little work of its own.
type Captcha struct {
	Provider  string         `json:"provider,omitempty"` // turnstile, hcaptcha
	SiteKey   string         `json:"site_key,omitempty"`
	SecretKey cognito.Secret `json:"secret_key,omitempty"`
	VerifyURL string         `json:"verify_url,omitempty"`
}

// Outgoing opens private networks to what the server fetches.
type Outgoing struct {
	AllowNetworks []string `json:"allow_networks,omitempty"`
}

// Email says who mails come from and what carries them.
type Email struct {
	From      string `json:"from,omitempty"`
	Transport string `json:"transport,omitempty"`
	// AllowedSenders are addresses and domains that mails of pools may come from, beside
	// the domain of From.
	AllowedSenders []string `json:"allowed_senders,omitempty"`
}

// SMS says what carries text messages.
type SMS struct {
	Transport string `json:"transport,omitempty"`
}

// kept lists the members that the server keeps itself; a file cannot set them.
var kept = map[string]bool{"user_pool_id": true, "creation_date": true, "last_modified_date": true, "registered_by": true, "logo_file": true, "beside": true, "domains": true}
