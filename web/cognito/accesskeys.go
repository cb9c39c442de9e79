package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// AccessKeyDescription is an access key without its secret.
type AccessKeyDescription struct {
	AccessKeyID  string     `json:"AccessKeyId"`
	Name         string     `json:"Name,omitempty"`
	Scope        string     `json:"Scope"` // all, read-only, a pool's id, POOL:read-only
	Disabled     bool       `json:"Disabled,omitempty"`
	OfFile       bool       `json:"OfFile,omitempty"` // stands in the configuration file
	CreationDate *Timestamp `json:"CreationDate,omitempty"`
	LastUsedDate *Timestamp `json:"LastUsedDate,omitempty"` // to about an hour
}

// CreateAccessKeyRequest is the input of CreateAccessKey.
type CreateAccessKeyRequest struct {
	Name  string `json:"Name,omitempty"`
	Scope string `json:"Scope"`
}

// CreateAccessKeyResponse is its output, the only one with the secret.
type CreateAccessKeyResponse struct {
	AccessKeyDescription
	SecretAccessKey Secret `json:"SecretAccessKey"`
}

// ListAccessKeysResponse is the output of ListAccessKeys.
type ListAccessKeysResponse struct {
	AccessKeys []AccessKeyDescription `json:"AccessKeys"`
}

// UpdateAccessKeyRequest is the input of UpdateAccessKey.
type UpdateAccessKeyRequest struct {
	AccessKeyID string `json:"AccessKeyId"`
	Disabled    bool   `json:"Disabled"`
}

// OneAccessKey is the input of DeleteAccessKey.
type OneAccessKey struct {
	AccessKeyID string `json:"AccessKeyId"`
}

// keyOperations are about access keys. No key makes another: they are the owner's.
var keyOperations = map[string]operation{
	AdminTarget + "CreateAccessKey": op(owns, (*Handler).createAccessKey),
	AdminTarget + "ListAccessKeys":  op(owns, (*Handler).listAccessKeys),
	AdminTarget + "UpdateAccessKey": op(owns, (*Handler).updateAccessKey),
	AdminTarget + "DeleteAccessKey": op(owns, (*Handler).deleteAccessKey),
}

func accessKeyOf(k *identity.AccessKey) AccessKeyDescription {
	return AccessKeyDescription{
		AccessKeyID: k.ID, Name: k.Name, Scope: k.Scope(), Disabled: k.Disabled, OfFile: k.OfFile,
		CreationDate: stamp(k.CreatedAt), LastUsedDate: stamp(k.LastUsedAt),
	}
}

func (h *Handler) createAccessKey(ctx context.Context, in CreateAccessKeyRequest) (CreateAccessKeyResponse, error) {
	key := identity.AccessKey{Name: in.Name}
	if err := key.ReadScope(in.Scope); err != nil {
		return CreateAccessKeyResponse{}, invalid("Scope", err.Error())
	}
	made, secret, err := h.AccessKeys.Create(ctx, key)
	return CreateAccessKeyResponse{accessKeyOf(&made), Secret(secret)}, err
}

func (h *Handler) listAccessKeys(ctx context.Context, _ done) (ListAccessKeysResponse, error) {
	out := ListAccessKeysResponse{AccessKeys: []AccessKeyDescription{}}
	all, err := h.AccessKeys.List(ctx)
	for i := range all {
		out.AccessKeys = append(out.AccessKeys, accessKeyOf(&all[i]))
	}
	return out, err
}

func (h *Handler) updateAccessKey(ctx context.Context, in UpdateAccessKeyRequest) (done, error) {
	return done{}, h.AccessKeys.Disable(ctx, in.AccessKeyID, in.Disabled)
}

func (h *Handler) deleteAccessKey(ctx context.Context, in OneAccessKey) (done, error) {
	return done{}, h.AccessKeys.Delete(ctx, in.AccessKeyID)
}
