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
	Replace(ctx context.Context, pool identity.PoolID, alg string) (keys.Key, error)
}

// Outbox is what the operations need of the outbox.
type Outbox interface {
	List(ctx context.Context, state string) ([]message.Message, error)
	Retry(ctx context.Context, id string) error
}

func (h *Handler) keyOf(k keys.Key) Key {
	now, state := h.Now(), "active"
	switch {
	case k.UseFrom.After(now):
		state = "next"
	case !k.DropAt.IsZero():
		state = "old"
	}
	return Key{KeyID: k.ID, Algorithm: k.Alg, State: state, CreatedAt: stamp(k.CreatedAt), UseFrom: stamp(k.UseFrom), DropAt: stamp(k.DropAt)}
}

func (h *Handler) listKeys(ctx context.Context, in OnePool) (ListKeysResponse, error) {
	out := ListKeysResponse{Keys: []Key{}}
	if _, err := h.Settings.Pool(ctx, in.UserPoolID); err != nil {
		return out, err
	}
	found, err := h.Keys.List(ctx, in.UserPoolID)
	for _, k := range found {
		out.Keys = append(out.Keys, h.keyOf(k))
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
	make := h.Keys.Rotate
	if in.AtOnce {
		make = h.Keys.Replace
	}
	made, err := make(ctx, in.UserPoolID, in.Algorithm)
	if errors.Is(err, keys.ErrAlgorithm) {
		return RotateKeysResponse{}, invalid("Algorithm", "is RS256, ES256 or EdDSA")
	}
	return RotateKeysResponse{Key: h.keyOf(made)}, err
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
