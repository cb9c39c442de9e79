package web

import (
	"crypto/x509"
	"net/netip"
	"slices"

	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/mtls"
)

// URL answers the address of the request as the client sees it, without query: what
// a DPoP proof or an assertion names (RFC 9449 §4.2). The host is one of ours.
func (r *Request) URL() string {
	at := r.HTTP().URL
	return r.server.public.Scheme + "://" + r.HTTP().Host + at.EscapedPath()
}

// Certificate answers the certificate that the client presented by mutual TLS, or
// nil: from our own listener, or from the header of a proxy that is trusted. What
// a proxy presents to us is its own and stands for no client.
func (r *Request) Certificate() (*x509.Certificate, error) {
	name := r.server.ClientCertificateHeader
	if name == "" || !r.byProxy() {
		if state := r.HTTP().TLS; state != nil && len(state.PeerCertificates) > 0 && !r.byProxy() {
			return state.PeerCertificates[0], nil
		}
		return nil, nil
	}
	values := r.HTTP().Header.Values(name)
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil, nil
	}
	if len(values) > 1 { // a client's own header beside the proxy's
		return nil, &oauth.Error{Code: oauth.InvalidRequest, Description: "The client's certificate is given twice."}
	}
	cert, err := mtls.ParseHeader(values[0])
	if err != nil {
		return nil, &oauth.Error{Code: oauth.InvalidRequest, Description: "The client's certificate cannot be read.", Err: err}
	}
	return cert, nil
}

// byProxy says that the connection comes from a proxy that is trusted.
func (r *Request) byProxy() bool {
	socket, err := netip.ParseAddrPort(r.HTTP().RemoteAddr)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(r.server.TrustedProxies, func(p netip.Prefix) bool {
		return p.Contains(socket.Addr().Unmap())
	})
}
