package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// AddUserPoolClientSecretRequest is the input of AddUserPoolClientSecret; without
// ClientSecret one is made.
type AddUserPoolClientSecretRequest struct {
	UserPoolID   identity.PoolID   `json:"UserPoolId"`
	ClientID     identity.ClientID `json:"ClientId"`
	ClientSecret Secret            `json:"ClientSecret,omitempty"`
}

// OneClientSecret is the input of DeleteUserPoolClientSecret.
type OneClientSecret struct {
	UserPoolID     identity.PoolID   `json:"UserPoolId"`
	ClientID       identity.ClientID `json:"ClientId"`
	ClientSecretID string            `json:"ClientSecretId"`
}

// ClientSecretDescriptor is ClientSecretDescriptorType. The value stands in the
// answer that made it, and in no other.
type ClientSecretDescriptor struct {
	ClientSecretID         string     `json:"ClientSecretId"`
	ClientSecretValue      Secret     `json:"ClientSecretValue,omitempty"`
	ClientSecretCreateDate *Timestamp `json:"ClientSecretCreateDate,omitempty"`
}

// ClientSecretResponse is the output of AddUserPoolClientSecret.
type ClientSecretResponse struct {
	ClientSecretDescriptor ClientSecretDescriptor `json:"ClientSecretDescriptor"`
}

// ListUserPoolClientSecretsResponse is the output of ListUserPoolClientSecrets.
type ListUserPoolClientSecretsResponse struct {
	ClientSecrets []ClientSecretDescriptor `json:"ClientSecrets"`
}

func secretOf(s identity.ClientSecret, value string) ClientSecretDescriptor {
	return ClientSecretDescriptor{ClientSecretID: s.ID, ClientSecretValue: Secret(value), ClientSecretCreateDate: stamp(s.CreatedAt)}
}

// addUserPoolClientSecret adds a second secret; both are live until one is deleted.
func (h *Handler) addUserPoolClientSecret(ctx context.Context, in AddUserPoolClientSecretRequest) (ClientSecretResponse, error) {
	made, value, err := h.Settings.AddSecret(ctx, in.UserPoolID, in.ClientID, string(in.ClientSecret))
	switch code, _ := identity.CodeOf(err); code {
	case identity.AlreadyExists:
		err = exception("LimitExceededException", "The client has two secrets, or this one already. Delete one first.")
	case identity.NotAllowed:
		err = exception("InvalidParameterException", "The client has no secret.")
	}
	return ClientSecretResponse{secretOf(made, value)}, err
}

func (h *Handler) listUserPoolClientSecrets(ctx context.Context, in OneClient) (ListUserPoolClientSecretsResponse, error) {
	out := ListUserPoolClientSecretsResponse{ClientSecrets: []ClientSecretDescriptor{}}
	all, err := h.Settings.Secrets(ctx, in.UserPoolID, in.ClientID)
	for _, each := range all {
		out.ClientSecrets = append(out.ClientSecrets, secretOf(each, ""))
	}
	return out, err
}

func (h *Handler) deleteUserPoolClientSecret(ctx context.Context, in OneClientSecret) (done, error) {
	err := h.Settings.DeleteSecret(ctx, in.UserPoolID, in.ClientID, in.ClientSecretID)
	switch code, _ := identity.CodeOf(err); code {
	case identity.ResourceNotFound:
		err = exception("ResourceNotFoundException", "The client has no such secret.")
	case identity.NotAllowed:
		err = exception("InvalidParameterException", "This is the last secret of the client.")
	}
	return done{}, err
}
