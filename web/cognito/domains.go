package cognito

import (
	"context"
	"encoding/json"
	"strconv"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

// DomainRequest is the input of the operations about a domain. A name with a dot is
// a custom domain; CustomDomainConfig, which Cognito wants with it, is given back:
// certificates are the listener's business (tls.certificates) or its proxy's.
type DomainRequest struct {
	UserPoolID          identity.PoolID `json:"UserPoolId"`
	Domain              string          `json:"Domain"`
	ManagedLoginVersion int             `json:"ManagedLoginVersion,omitempty"`
	CustomDomainConfig  json.RawMessage `json:"CustomDomainConfig,omitempty"`
	Routing             json.RawMessage `json:"Routing,omitempty"`
}

// DomainName is the input of DescribeUserPoolDomain.
type DomainName struct {
	Domain string `json:"Domain"`
}

// DomainResponse is the output of CreateUserPoolDomain and UpdateUserPoolDomain.
// CloudFrontDomain is where a custom domain's name must lead: this server.
type DomainResponse struct {
	ManagedLoginVersion int             `json:"ManagedLoginVersion,omitempty"`
	CloudFrontDomain    string          `json:"CloudFrontDomain,omitempty"`
	Routing             json.RawMessage `json:"Routing,omitempty"`
}

// DomainDescription is DomainDescriptionType; all of it is absent for a domain
// that is none.
type DomainDescription struct {
	UserPoolID             identity.PoolID `json:"UserPoolId,omitempty"`
	AWSAccountID           string          `json:"AWSAccountId,omitempty"`
	Domain                 string          `json:"Domain,omitempty"`
	CloudFrontDistribution string          `json:"CloudFrontDistribution,omitempty"`
	Version                string          `json:"Version,omitempty"`
	Status                 string          `json:"Status,omitempty"`
	CustomDomainConfig     json.RawMessage `json:"CustomDomainConfig,omitempty"`
	ManagedLoginVersion    int             `json:"ManagedLoginVersion,omitempty"`
	Routing                json.RawMessage `json:"Routing,omitempty"`
}

// DomainDescriptionResponse is the output of DescribeUserPoolDomain.
type DomainDescriptionResponse struct {
	DomainDescription DomainDescription `json:"DomainDescription"`
}

// domainAnswered says where the name of a custom domain must lead, by a CNAME.
func (h *Handler) domainAnswered(d *identity.Domain) DomainResponse {
	out := DomainResponse{ManagedLoginVersion: d.LoginVersion, Routing: d.Routing}
	if identity.IsCustom(d.Name) {
		out.CloudFrontDomain = h.Settings.Host()
	}
	return out
}

// createUserPoolDomain gives a host name only to those who may change every pool: in
// AWS a certificate proves whose the name is, and nothing here can ask. A prefix is
// below the server's own name.
func (h *Handler) createUserPoolDomain(ctx context.Context, in DomainRequest) (DomainResponse, error) {
	if identity.IsCustom(in.Domain) && !trigger.Everywhere(ctx) {
		return DomainResponse{}, exception("InvalidParameterException",
			"A key for one pool gives it a prefix. A host name is given by custom_domain in the configuration file, or with a key of scope all.")
	}
	version := in.ManagedLoginVersion
	if version == 0 {
		version = 1
	}
	d, err := h.Settings.CreateDomain(ctx, identity.Domain{
		Name: in.Domain, PoolID: in.UserPoolID, Custom: in.CustomDomainConfig, LoginVersion: version, Routing: in.Routing,
	})
	return h.domainAnswered(&d), domainRefused(err)
}

const domainTaken = "Domain already associated with another user pool."

func domainRefused(err error) error {
	switch code, _ := identity.CodeOf(err); code {
	case identity.AlreadyExists:
		return exception("InvalidParameterException", domainTaken)
	case identity.NotAllowed:
		return exception("InvalidParameterException", "User pool already has a domain configured.")
	}
	return err
}

// describeUserPoolDomain answers an empty description for a domain that is none,
// or of a pool that the caller may not ask about.
func (h *Handler) describeUserPoolDomain(ctx context.Context, in DomainName) (DomainDescriptionResponse, error) {
	d, err := h.Settings.Domain(ctx, in.Domain)
	if c := callerOf(ctx); absent(err) || err == nil && !c.sees(d.PoolID) {
		return DomainDescriptionResponse{}, nil
	}
	return DomainDescriptionResponse{DomainDescription{
		UserPoolID: d.PoolID, AWSAccountID: account, Domain: d.Name, Status: "ACTIVE", Version: strconv.FormatInt(d.LastModifiedAt.Unix(), 10),
		CloudFrontDistribution: h.Settings.Host(), CustomDomainConfig: d.Custom, ManagedLoginVersion: d.LoginVersion, Routing: d.Routing,
	}}, err
}

func (h *Handler) updateUserPoolDomain(ctx context.Context, in DomainRequest) (DomainResponse, error) {
	d, err := h.Settings.ChangeDomain(ctx, in.UserPoolID, in.Domain, func(d *identity.Domain) {
		if in.ManagedLoginVersion != 0 {
			d.LoginVersion = in.ManagedLoginVersion
		}
		if identity.IsCustom(d.Name) && in.CustomDomainConfig != nil {
			d.Custom = in.CustomDomainConfig
		}
		d.Routing = in.Routing
	})
	return h.domainAnswered(&d), noDomain(err)
}

func (h *Handler) deleteUserPoolDomain(ctx context.Context, in DomainRequest) (done, error) {
	return done{}, noDomain(h.Settings.DeleteDomain(ctx, in.UserPoolID, in.Domain))
}

// noDomain: Terraform takes a deletion for done when it reads these words.
func noDomain(err error) error {
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return exception("InvalidParameterException", "No such domain or user pool exists.")
	}
	return err
}
