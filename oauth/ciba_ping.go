package oauth

import (
	"context"
	"encoding/json"
	"errors"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// pingSecrets are what a client is told an answer with (CIBA §10.2). The store holds
// them sealed: the handle is otherwise kept by its hash alone.
type pingSecrets struct {
	ID    string `json:"auth_req_id"`
	Token string `json:"client_notification_token"`
}

func pingAAD(e *errand) []string { return []string{"ciba_ping", string(e.PoolID), e.Hash} }

// sealPing keeps what a client that wants to be pinged is told.
func (p *Provider) sealPing(b *backchannel) error {
	if b.client.CIBADelivery != cibaPing {
		return nil
	}
	raw, err := json.Marshal(pingSecrets{ID: b.handle, Token: b.form.get("client_notification_token")})
	b.errand.Ping = p.Identity.Sealer.Seal(raw, pingAAD(&b.errand)...)
	return err
}

// ping tells a client, by the outbox, that an answer can be polled.
func (p *Provider) ping(w storage.Writer, e *errand) error {
	if len(e.Ping) == 0 {
		return nil
	}
	_, client, known, err := p.client(w, e.PoolID, e.ClientID)
	if err != nil || !known || client.CIBANotification == "" {
		return err
	}
	raw, err := p.Identity.Sealer.Open(e.Ping, pingAAD(e)...)
	if err != nil {
		return err
	}
	var secrets pingSecrets
	if err := json.Unmarshal(raw, &secrets); err != nil {
		return err
	}
	m := message.New(p.Now(), message.CIBAPing)
	m.Channel, m.To = message.App, client.CIBANotification
	m.Pool, m.Client, m.User = string(e.PoolID), string(e.ClientID), string(e.UserID)
	outbox := message.Outbox{Store: p.Identity.Store, Sealer: p.Identity.Sealer}
	if err := outbox.SealSecrets(&m, map[string]string{"id": secrets.ID, "token": secrets.Token}); err != nil {
		return err
	}
	return outbox.Put(w, m)
}

// pingCall is a ping (CIBA §10.2), to where the client wants it by now.
func (p *Provider) pingCall(ctx context.Context, m message.Message, secrets map[string]string) (message.Content, error) {
	client, known, err := p.lookUp(ctx, identity.PoolID(m.Pool), m.Client)
	if err != nil {
		return message.Content{}, err
	}
	if !known || client.CIBANotification == "" {
		return message.Content{}, &message.PermanentError{Err: errors.New("oauth: the client no longer has a backchannel_client_notification_endpoint")}
	}
	body, err := json.Marshal(map[string]string{"auth_req_id": secrets["id"]})
	return message.Content{
		To: client.CIBANotification, Text: string(body),
		Header: map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + secrets["token"]},
	}, err
}
