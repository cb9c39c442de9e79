package cognito

import (
	"context"
	"errors"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/storage"
)

// Keys is what the operations need of the signing keys.
type Keys interface {
	List(context.Context, identity.PoolID) ([]keys.Key, error)
	Rotate(ctx context.Context, pool identity.PoolID, alg string) (keys.Key, error)
	Prepare(ctx context.Context, pool identity.PoolID, alg string) (keys.Key, error)
	Replace(ctx context.Context, pool identity.PoolID, alg string) (keys.Key, error)
}

// Outbox is what the operations need of the outbox.
type Outbox interface {
	List(ctx context.Context, state string) ([]message.Message, error)
	Retry(ctx context.Context, id string) error
}

func keyOf(k keys.Key, state string) Key {
	return Key{KeyID: k.ID, Algorithm: k.Alg, State: state, CreatedAt: stamp(k.CreatedAt), UseFrom: stamp(k.UseFrom), DropAt: stamp(k.DropAt)}
}

func (h *Handler) listKeys(ctx context.Context, in OnePool) (ListKeysResponse, error) {
	out := ListKeysResponse{Keys: []Key{}}
	if _, err := h.Settings.Pool(ctx, in.UserPoolID); err != nil {
		return out, err
	}
	found, err := h.Keys.List(ctx, in.UserPoolID)
	for i, state := range keys.States(found, h.Now()) {
		out.Keys = append(out.Keys, keyOf(found[i], state))
	}
	return out, err
}

func (h *Handler) rotateKeys(ctx context.Context, in RotateKeysRequest) (RotateKeysResponse, error) {
	if _, err := h.Settings.Pool(ctx, in.UserPoolID); err != nil {
		return RotateKeysResponse{}, err
	}
	if in.Algorithm == "" {
		in.Algorithm = keys.RS256
	}
	rotate, ok := map[string]func(context.Context, identity.PoolID, string) (keys.Key, error){
		"": h.Keys.Rotate, RotatePrepare: h.Keys.Prepare, RotateLeaked: h.Keys.Replace,
	}[in.Mode]
	if !ok {
		return RotateKeysResponse{}, invalid("Mode", "is "+RotatePrepare+" or "+RotateLeaked)
	}
	next, err := rotate(ctx, in.UserPoolID, in.Algorithm)
	if errors.Is(err, keys.ErrAlgorithm) {
		return RotateKeysResponse{}, invalid("Algorithm", "is RS256, ES256 or EdDSA")
	}
	return RotateKeysResponse{Key: keyOf(next, keys.States([]keys.Key{next}, h.Now())[0])}, err
}

func messageOf(m message.Message) Message {
	return Message{
		ID: m.ID, Kind: m.Kind, Channel: m.Channel, To: m.To, State: m.State, Attempts: m.Attempts, LastError: m.LastError,
		CreatedAt: stamp(m.CreatedAt), NextTry: stamp(m.NextTry),
	}
}

func (h *Handler) listMessages(ctx context.Context, in ListMessagesRequest) (ListMessagesResponse, error) {
	out := ListMessagesResponse{Messages: []Message{}}
	states := []string{in.State}
	if in.State == "" {
		states = []string{"stuck", "waiting"}
	}
	for _, state := range states {
		found, err := h.Outbox.List(ctx, state)
		if err != nil {
			return out, err
		}
		for _, m := range found {
			out.Messages = append(out.Messages, messageOf(m))
		}
	}
	return out, nil
}

func (h *Handler) retryMessage(ctx context.Context, in RetryMessageRequest) (done, error) {
	err := h.Outbox.Retry(ctx, in.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return done{}, exception("ResourceNotFoundException", "There is no such message.")
	}
	return done{}, err
}
