package cognito

import (
	"cmp"
	"context"

	"poolhouse.dev/identity"
)

// Terms is TermsType.
type Terms struct {
	TermsID          string            `json:"TermsId"`
	UserPoolID       identity.PoolID   `json:"UserPoolId"`
	ClientID         identity.ClientID `json:"ClientId"`
	TermsName        string            `json:"TermsName"`
	TermsSource      string            `json:"TermsSource"`
	Enforcement      string            `json:"Enforcement"`
	Links            map[string]string `json:"Links"`
	CreationDate     *Timestamp        `json:"CreationDate"`
	LastModifiedDate *Timestamp        `json:"LastModifiedDate"`
}

// TermsRequest is the input of CreateTerms and UpdateTerms. Source and enforcement
// have one value each in the model.
type TermsRequest struct {
	UserPoolID  identity.PoolID   `json:"UserPoolId"`
	ClientID    identity.ClientID `json:"ClientId,omitempty"`
	TermsID     string            `json:"TermsId,omitempty"`
	TermsName   string            `json:"TermsName,omitempty"`
	TermsSource string            `json:"TermsSource,omitempty"`
	Enforcement string            `json:"Enforcement,omitempty"`
	Links       map[string]string `json:"Links,omitempty"`
}

// TermsResponse is the output of operations about one document.
type TermsResponse struct {
	Terms Terms `json:"Terms"`
}

// ListTermsRequest is the input of ListTerms.
type ListTermsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MaxResults int             `json:"MaxResults,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListTermsResponse is its output.
type ListTermsResponse struct {
	Terms     []TermsDescription `json:"Terms"`
	NextToken string             `json:"NextToken,omitempty"`
}

// TermsDescription is TermsDescriptionType.
type TermsDescription struct {
	TermsID          string     `json:"TermsId"`
	TermsName        string     `json:"TermsName"`
	Enforcement      string     `json:"Enforcement"`
	CreationDate     *Timestamp `json:"CreationDate"`
	LastModifiedDate *Timestamp `json:"LastModifiedDate"`
}

func termsAnswer(t *identity.Terms, err error) (TermsResponse, error) {
	switch code, _ := identity.CodeOf(err); code {
	case identity.ResourceNotFound:
		err = exception("ResourceNotFoundException", "Terms document does not exist.")
	case identity.AlreadyExists:
		err = exception("TermsExistsException", "A terms document with the name "+t.Name+" already exists for the client.")
	}
	return TermsResponse{Terms{
		TermsID: t.ID, UserPoolID: t.PoolID, ClientID: t.ClientID, TermsName: t.Name, TermsSource: "LINK", Enforcement: "NONE", Links: t.Links,
		CreationDate: stamp(t.CreatedAt), LastModifiedDate: stamp(t.ModifiedAt),
	}}, err
}

func (h *Handler) createTerms(ctx context.Context, in TermsRequest) (TermsResponse, error) {
	t, err := h.Settings.CreateTerms(ctx, identity.Terms{PoolID: in.UserPoolID, ClientID: in.ClientID, Name: in.TermsName, Links: in.Links})
	return termsAnswer(&t, err)
}

func (h *Handler) describeTerms(ctx context.Context, in TermsRequest) (TermsResponse, error) {
	t, err := h.Settings.Terms(ctx, in.UserPoolID, in.TermsID)
	return termsAnswer(&t, err)
}

func (h *Handler) describeTermsByClient(ctx context.Context, in TermsRequest) (TermsResponse, error) {
	t, err := h.Settings.TermsOf(ctx, in.UserPoolID, in.ClientID, in.TermsName)
	return termsAnswer(&t, err)
}

func (h *Handler) updateTerms(ctx context.Context, in TermsRequest) (TermsResponse, error) {
	t, err := h.Settings.ChangeTerms(ctx, in.UserPoolID, in.TermsID, func(t *identity.Terms) {
		t.Name = cmp.Or(in.TermsName, t.Name)
		if in.Links != nil {
			t.Links = in.Links
		}
	})
	return termsAnswer(&t, err)
}

func (h *Handler) deleteTerms(ctx context.Context, in TermsRequest) (done, error) {
	_, err := termsAnswer(&identity.Terms{}, h.Settings.DeleteTerms(ctx, in.UserPoolID, in.TermsID))
	return done{}, err
}

func (h *Handler) listTerms(ctx context.Context, in ListTermsRequest) (ListTermsResponse, error) {
	out := ListTermsResponse{Terms: []TermsDescription{}}
	list := listing{operation: "ListTerms", pool: in.UserPoolID, member: "NextToken"}
	page, err := h.pageAt(list, in.MaxResults, in.NextToken)
	if err != nil {
		return out, err
	}
	all, next, err := h.Settings.ListTerms(ctx, in.UserPoolID, page)
	out.NextToken = h.pageFrom(list, next)
	for _, t := range all {
		out.Terms = append(out.Terms, TermsDescription{t.ID, t.Name, "NONE", stamp(t.CreatedAt), stamp(t.ModifiedAt)})
	}
	return out, err
}
