package oauth

import (
	"context"
	"crypto/x509"
	"errors"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/oauth/mtls"
)

var (
	errAuthorities = errors.New("no authority for clients' certificates is configured (client_authorities)")
	errSubject     = errors.New("the certificate is of another subject than registered")
	errCertificate = errors.New("the certificate is not in the client's key set")
)

// proveSubject: RFC 8705 §2.1: the certificate is of an authority that the operator
// named, in time, and of the client's one registered name.
func (p *Provider) proveSubject(_ context.Context, f *claimant) (refused, err error) {
	pool := p.authorities()
	if pool == nil {
		return errAuthorities, nil
	}
	_, err = f.auth.Certificate.Verify(x509.VerifyOptions{
		Roots: pool, CurrentTime: p.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err, nil
	}
	if !mtls.Matches(f.auth.Certificate, subjectOf(&f.client)) {
		return errSubject, nil
	}
	return nil, nil
}

func subjectOf(c *identity.Client) mtls.Name {
	return mtls.Name{DN: c.TLSSubjectDN, DNS: c.TLSSANDNS, URI: c.TLSSANURI, IP: c.TLSSANIP, Email: c.TLSSANEmail}
}

func (p *Provider) authorities() *x509.CertPool {
	if p.Authorities == nil {
		return nil
	}
	return p.Authorities()
}

// proveCertificate: RFC 8705 §2.2: the certificate itself is registered.
func (p *Provider) proveCertificate(ctx context.Context, f *claimant) (refused, err error) {
	there, err := p.ClientKeys.HasCertificate(ctx, keyset.OfClient(&f.client), f.auth.Certificate)
	switch {
	case errors.Is(err, keyset.ErrUnavailable):
		return err, nil
	case err == nil && !there:
		return errCertificate, nil
	}
	return nil, err
}
