package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// ResourceServer is ResourceServerType.
type ResourceServer struct {
	UserPoolID identity.PoolID       `json:"UserPoolId"`
	Identifier string                `json:"Identifier"`
	Name       string                `json:"Name"`
	Scopes     []ResourceServerScope `json:"Scopes,omitempty"`
}

// ResourceServerScope is ResourceServerScopeType.
type ResourceServerScope struct {
	ScopeName        string `json:"ScopeName"`
	ScopeDescription string `json:"ScopeDescription"`
}

// ResourceServerName is the input of operations about one resource server.
type ResourceServerName struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Identifier string          `json:"Identifier"`
}

// ResourceServerResponse is the output of operations about one resource server.
type ResourceServerResponse struct {
	ResourceServer ResourceServer `json:"ResourceServer"`
}

// ListResourceServersRequest is the input of ListResourceServers.
type ListResourceServersRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MaxResults int             `json:"MaxResults,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListResourceServersResponse is its output.
type ListResourceServersResponse struct {
	ResourceServers []ResourceServer `json:"ResourceServers"`
	NextToken       string           `json:"NextToken,omitempty"`
}

func (r *ResourceServer) server() identity.ResourceServer {
	out := identity.ResourceServer{Identifier: r.Identifier, Name: r.Name}
	for _, s := range r.Scopes {
		out.Scopes = append(out.Scopes, identity.Scope{Name: s.ScopeName, Description: s.ScopeDescription})
	}
	return out
}

func resourceServerOf(pool identity.PoolID, r *identity.ResourceServer) ResourceServer {
	out := ResourceServer{UserPoolID: pool, Identifier: r.Identifier, Name: r.Name}
	for _, s := range r.Scopes {
		out.Scopes = append(out.Scopes, ResourceServerScope{s.Name, s.Description})
	}
	return out
}

func (h *Handler) createResourceServer(ctx context.Context, in ResourceServer) (ResourceServerResponse, error) {
	err := h.Settings.CreateResourceServer(ctx, in.UserPoolID, in.server())
	if code, _ := identity.CodeOf(err); code == identity.AlreadyExists {
		err = exception("InvalidParameterException", in.Identifier+" already exists in user pool "+string(in.UserPoolID)+".")
	}
	return ResourceServerResponse{in}, err
}

func (h *Handler) describeResourceServer(ctx context.Context, in ResourceServerName) (ResourceServerResponse, error) {
	found, err := h.Settings.ResourceServer(ctx, in.UserPoolID, in.Identifier)
	return ResourceServerResponse{resourceServerOf(in.UserPoolID, &found)}, noResourceServer(err)
}

func (h *Handler) updateResourceServer(ctx context.Context, in ResourceServer) (ResourceServerResponse, error) {
	return ResourceServerResponse{in}, noResourceServer(h.Settings.UpdateResourceServer(ctx, in.UserPoolID, in.server()))
}

func (h *Handler) deleteResourceServer(ctx context.Context, in ResourceServerName) (done, error) {
	return done{}, noResourceServer(h.Settings.DeleteResourceServer(ctx, in.UserPoolID, in.Identifier))
}

func noResourceServer(err error) error {
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return exception("ResourceNotFoundException", "Resource server does not exist.")
	}
	return err
}

// maxResourceServers is the largest page of ListResourceServers.
const maxResourceServers = 50

func (h *Handler) listResourceServers(ctx context.Context, in ListResourceServersRequest) (ListResourceServersResponse, error) {
	out := ListResourceServersResponse{ResourceServers: []ResourceServer{}}
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return out, err
	}
	limit := in.MaxResults
	if limit == 0 || limit > maxResourceServers {
		limit = maxResourceServers
	}
	found, next, err := shortPage(h, shortList[identity.ResourceServer]{
		listing: listing{operation: "ListResourceServers", pool: p.ID, member: "NextToken"}, limit: limit, token: in.NextToken,
		key: func(r identity.ResourceServer) string { return r.Identifier },
	}, p.ResourceServers)
	for i := range found {
		out.ResourceServers = append(out.ResourceServers, resourceServerOf(p.ID, &found[i]))
	}
	out.NextToken = next
	return out, err
}
