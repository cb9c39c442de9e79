package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
)

// label names a client for people: by its id, or by its name while it has none.
func (c ClientSettings) label() string {
	if c.ID != "" {
		return string(c.ID)
	}
	return c.Name
}

func (a *applying) clients(ctx context.Context, want PoolSettings) error {
	have, err := a.Settings.Clients(ctx, want.ID)
	if err != nil {
		return err
	}
	kept := map[identity.ClientID]bool{}
	for _, c := range want.Clients {
		c.PoolID = want.ID
		found, ok := same(have, c)
		kept[found.ID] = ok
		if err := a.client(ctx, c, found, !ok); err != nil {
			return err
		}
	}
	for _, c := range have {
		if !kept[c.ID] && c.RegisteredBy == "" {
			a.extra("client " + string(c.ID) + " in " + string(want.ID))
		}
	}
	return nil
}

// same finds the stored client: by id, or by name for a client whose id was generated.
func same(have []identity.Client, want ClientSettings) (identity.Client, bool) {
	at := slices.IndexFunc(have, func(c identity.Client) bool {
		return c.ID == want.ID || want.ID == "" && c.Name == want.Name
	})
	if at < 0 {
		return identity.Client{}, false
	}
	return have[at], true
}

func (a *applying) client(ctx context.Context, want ClientSettings, have identity.Client, isNew bool) error {
	what := "client " + want.label() + " in " + string(want.PoolID)
	if isNew {
		if !a.note(Change{Action: "create", What: what}) {
			return nil
		}
		_, _, err := a.Settings.CreateClient(ctx, identity.NewClient{Client: want.Client, Secret: string(want.Secret)})
		return about(what, err)
	}
	want.ID = have.ID
	changes, err := a.clientChanges(what, want, have)
	if err != nil || !a.note(changes...) {
		return err
	}
	sealed, err := a.Settings.WithSecret(want.Client, string(want.Secret))
	if err == nil {
		_, err = a.Settings.PutClient(ctx, sealed)
	}
	return about(what, err)
}

// clientChanges compares secrets as plain text, because each sealing differs.
func (a *applying) clientChanges(what string, want ClientSettings, have identity.Client) ([]Change, error) {
	secret, err := a.Settings.ClientSecret(have)
	if err != nil {
		return nil, err
	}
	have.Secret, want.Client.Secret = nil, nil
	changes := compare(what, false, have, want.Client)
	if secret != string(want.Secret) {
		changes = append(changes, Change{Action: "update", What: what, Field: "client_secret", From: hiddenText(secret), To: hiddenText(string(want.Secret))})
	}
	return changes, nil
}

func hiddenText(secret string) string {
	if secret == "" {
		return "none"
	}
	return "[hidden]"
}
