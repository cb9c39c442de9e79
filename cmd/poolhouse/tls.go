package main

import (
	"net"
	"strings"
	"time"

	"poolhouse.dev/cmd/poolhouse/certs"
	"poolhouse.dev/identity"
)

// secure sets up TLS where the settings name a certificate, and how those of clients
// come to the server.
func (srv *server) secure() error {
	s := srv.settings
	if s.TLS.On() {
		host, _, _ := strings.Cut(s.ClientCertificateHost, ":")
		config, err := certs.Config(certs.Options{
			Certificate: s.TLS.Certificate, PrivateKey: s.TLS.PrivateKey, More: s.TLS.More(), Request: s.TLS.ClientCertificates == "request",
			Host: host, Log: srv.log, Now: time.Now,
		})
		if err != nil {
			return usage("tls: "+oneLine(err.Error()), "name a certificate in PEM with its chain, and its key")
		}
		srv.http.TLSConfig = config
	}
	return srv.takeCertificates()
}

func (srv *server) takeCertificates() (err error) {
	s, p := srv.settings, srv.provider
	p.TakesCertificates = s.TakesCertificates()
	if s.ClientCertificateHost != "" {
		p.CertificateBase = srv.certificateBase
	}
	if s.ClientAuthorities != "" {
		if p.Authorities, err = certs.Authorities(s.ClientAuthorities, srv.log, time.Now); err != nil {
			return usage("client_authorities: "+oneLine(err.Error()), "name a file of certificates in PEM")
		}
	}
	return nil
}

// certificateBase is a pool's base URL under the name at which certificates are asked
// for (RFC 8705 §5).
func (srv *server) certificateBase(pool identity.PoolID) string {
	scheme, _, _ := strings.Cut(srv.base, "://")
	return scheme + "://" + srv.settings.ClientCertificateHost + strings.TrimPrefix(srv.issuer(pool), srv.base)
}

// answer serves until the listener closes: with TLS, where there is a certificate.
func (srv *server) answer(on net.Listener) error {
	if srv.http.TLSConfig == nil {
		return srv.http.Serve(on)
	}
	return srv.http.ServeTLS(on, "", "")
}

// hosts are all names that are answered beside the one of public_url.
func (s *settings) hosts() []string {
	if s.ClientCertificateHost == "" {
		return s.Hosts
	}
	return append(append([]string{}, s.Hosts...), s.ClientCertificateHost)
}
