package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"poolhouse.dev/federation"
)

// maxRelayState: bindings §3.4.3.
const maxRelayState = 80

// pending is what a trip must remember. The caller seals it.
type pending struct {
	Format int    `json:"v"`
	Kind   string `json:"kind"` // "sign-in" or "sign-out"
	Entity string `json:"entity"`
	ID     string `json:"id"`    // of the request
	State  string `json:"state"` // what RelayState must be
	Began  int64  `json:"began"` // Unix seconds
	Force  bool   `json:"force,omitempty"`
}

const (
	signIn  = "sign-in"
	signOut = "sign-out"
)

func (p *Provider) begin(m *metadata, s federation.Start) (federation.Trip, error) {
	target, ok := p.target(m.sso)
	if !ok {
		return federation.Trip{}, p.fail(federation.Misconfigured, "no sign-on address by a binding that is known here", nil)
	}
	sp := p.service(m)
	request, err := sp.MakeAuthenticationRequest(target.location, target.binding, postBinding)
	if err != nil {
		return federation.Trip{}, p.fail(federation.Misconfigured, "", err)
	}
	now := p.deps.Now().UTC()
	request.ID, request.IssueInstant = newID(), now.Truncate(time.Second)
	if !p.config.asked || p.config.format == formatUnspecified {
		request.NameIDPolicy = nil
	}
	if force := true; p.config.force || s.SelectAccount || s.Fresh {
		request.ForceAuthn = &force
	}
	sign := p.config.signed || m.wantSigned
	if sign && target.binding == postBinding {
		sp.SignatureMethod = rsaSHA256
		if err := sp.SignAuthnRequest(request); err != nil {
			return federation.Trip{}, p.fail(federation.Misconfigured, "", err)
		}
	}
	kept := pending{Kind: signIn, Entity: m.entity, ID: request.ID, State: s.State, Began: now.Unix(), Force: p.config.force || s.Fresh}
	return p.trip(target.binding, target.location, "SAMLRequest", request, s.State, sign, &kept)
}

// target answers where requests go: by redirect, unless the settings say post or
// the identity provider knows nothing else.
func (p *Provider) target(all []endpoint) (endpoint, bool) {
	first, second := redirectBinding, postBinding
	if p.config.post {
		first, second = second, first
	}
	if e, ok := by(all, first); ok {
		return e, true
	}
	return by(all, second)
}

// element is a message of crewjam's.
type element interface{ Element() *etree.Element }

var (
	_ element = (*crewjam.AuthnRequest)(nil)
	_ element = (*crewjam.LogoutRequest)(nil)
	_ element = (*crewjam.LogoutResponse)(nil)
)

// trip answers a message on its way. What is posted carries its signature within
// itself already.
func (p *Provider) trip(binding, location, field string, message element, relay string, sign bool, kept *pending) (federation.Trip, error) {
	raw, err := etree.NewDocumentWithRoot(message.Element()).WriteToBytes()
	if err != nil {
		return federation.Trip{}, p.fail(federation.Misconfigured, "", err)
	}
	var trip federation.Trip
	if binding == postBinding {
		trip.Post, trip.Fields = location, url.Values{field: {base64.StdEncoding.EncodeToString(raw)}}
		if relay != "" {
			trip.Fields.Set("RelayState", relay)
		}
	} else if trip.URL, err = p.redirect(location, field, raw, relay, sign); err != nil {
		return federation.Trip{}, err
	}
	if kept != nil {
		kept.Format = 1
		if trip.Pending, err = json.Marshal(kept); err != nil {
			return federation.Trip{}, err
		}
	}
	return trip, nil
}

// redirect writes a message into an address (bindings §3.4.4.1). The signature is
// over the octets of its own parameters, in this order.
func (p *Provider) redirect(location, field string, raw []byte, relay string, sign bool) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(raw); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	query := field + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relay != "" {
		query += "&RelayState=" + url.QueryEscape(relay)
	}
	if sign {
		query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
		sum := sha256.Sum256([]byte(query))
		signature, err := rsa.SignPKCS1v15(rand.Reader, p.private, crypto.SHA256, sum[:])
		if err != nil {
			return "", err
		}
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	}
	if strings.Contains(location, "?") {
		return location + "&" + query, nil
	}
	return location + "?" + query, nil
}
