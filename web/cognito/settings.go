package cognito

import (
	"context"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// applySettings makes the store hold what a configuration file says, and
// answers what that changes. What the file does not name stays: it is only
// listed. With DryRun nothing is written.
func (h *Handler) applySettings(ctx context.Context, in ApplySettingsRequest) (ApplySettingsResponse, error) {
	a := &applying{Handler: h, dry: in.DryRun, out: ApplySettingsResponse{Changes: []Change{}}}
	if err := h.oneHolder(in.Pools); err != nil {
		return a.out, err
	}
	if err := a.assets(ctx, in.Assets); err != nil {
		return a.out, err
	}
	if !in.DryRun {
		h.Triggers.Reload() // handlers may have changed with the file
	}
	for _, pool := range in.Pools {
		if err := a.pool(ctx, pool); err != nil {
			return a.out, err
		}
	}
	return a.out, a.extraPools(ctx, in.Pools)
}

// applying is one run of ApplySettings.
type applying struct {
	*Handler
	dry bool
	out ApplySettingsResponse
}

// note records a change and says whether it is to be made.
func (a *applying) note(changes ...Change) bool {
	a.out.Changes = append(a.out.Changes, changes...)
	return len(changes) > 0 && !a.dry
}

func (a *applying) extra(what string) { a.out.Extra = append(a.out.Extra, what) }

// about says which part of the settings was refused.
func about(what string, err error) error {
	if err == nil {
		return nil
	}
	e := translate(err)
	if e.Type == "InternalErrorException" {
		return err
	}
	named := *e
	named.Message = what + ": " + e.Message
	return &named
}

// absent says that the refusal is that there is none yet.
func absent(err error) bool {
	code, ok := identity.CodeOf(err)
	return ok && slices.Contains([]identity.Code{identity.PoolNotFound, identity.ClientNotFound, identity.GroupNotFound, identity.UserNotFound, identity.ResourceNotFound}, code)
}

func (a *applying) assets(ctx context.Context, assets []Asset) error {
	if a.dry {
		return nil
	}
	for _, asset := range assets {
		if err := a.Files.put(ctx, asset); err != nil {
			return err
		}
	}
	return nil
}

func (a *applying) pool(ctx context.Context, want PoolSettings) error {
	what := "pool " + string(want.ID)
	have, err := a.Settings.Pool(ctx, want.ID)
	isNew := absent(err)
	if err != nil && !isNew {
		return err
	}
	want.Schema = a.grown(want.ID, have.Schema, want.Schema)
	changes := compare(what, isNew, have, want.Pool)
	if isNew && a.dry {
		a.note(changes...)
		return a.everythingIn(ctx, want)
	}
	if !a.note(changes...) {
		return a.inside(ctx, want)
	}
	first := want.Pool
	if switchesOff(&have, &want.Pool) {
		first.MFAConfiguration = "OPTIONAL" // until clients and groups demand it no more
	}
	if _, err := a.Settings.PutPool(ctx, first); err != nil {
		return about(what, err)
	}
	if err := a.inside(ctx, want); err != nil || first.MFAConfiguration == want.MFAConfiguration {
		return err
	}
	_, err = a.Settings.PutPool(ctx, want.Pool)
	return about(what, err)
}

// grown answers the schema with the custom attributes that the pool has beside it:
// a schema only grows, and the API adds to it too.
func (a *applying) grown(pool identity.PoolID, have, want []identity.Attribute) []identity.Attribute {
	all := slices.Clone(want)
	for _, old := range have {
		named := slices.ContainsFunc(want, func(w identity.Attribute) bool { return w.Name == old.Name })
		if !named && strings.HasPrefix(old.Name, "custom:") {
			all = append(all, old)
			a.extra("attribute " + old.Name + " in " + string(pool))
		}
	}
	return all
}

// switchesOff says that the pool had second factors and is to have none.
func switchesOff(have, want *identity.Pool) bool {
	off := func(p *identity.Pool) bool { return p.MFAConfiguration == "" || p.MFAConfiguration == "OFF" }
	return !off(have) && off(want)
}

// everythingIn lists what a pool that does not exist yet will have.
func (a *applying) everythingIn(ctx context.Context, want PoolSettings) error {
	in := " in " + string(want.ID)
	for _, g := range want.Groups {
		a.note(Change{Action: "create", What: "group " + g.Name + in})
	}
	for _, p := range want.Providers {
		a.note(Change{Action: "create", What: "identity provider " + p.Name + in})
	}
	for _, c := range want.Clients {
		a.note(Change{Action: "create", What: "client " + c.label() + in})
	}
	for _, u := range want.Users {
		a.note(Change{Action: "create", What: "user " + u.Username + in})
	}
	return a.domains(ctx, want)
}

func (a *applying) inside(ctx context.Context, want PoolSettings) error {
	if err := a.domains(ctx, want); err != nil {
		return err
	}
	for _, g := range want.Groups {
		if err := a.group(ctx, want.ID, g); err != nil {
			return err
		}
	}
	if err := a.providers(ctx, want); err != nil {
		return err
	}
	if err := a.clients(ctx, want); err != nil {
		return err
	}
	for _, u := range want.Users {
		if err := a.user(ctx, want.ID, u); err != nil {
			return err
		}
	}
	return a.extraGroups(ctx, want)
}

func (a *applying) group(ctx context.Context, pool identity.PoolID, want GroupSettings) error {
	what := "group " + want.Name + " in " + string(pool)
	have, err := a.Admin.Group(ctx, pool, want.Name)
	isNew := absent(err)
	if err != nil && !isNew {
		return err
	}
	if !a.note(compare(what, isNew, groupSettingsOf(&have), want)...) {
		return nil
	}
	put := a.Admin.UpdateGroup
	if isNew {
		put = a.Admin.CreateGroup
	}
	_, err = put(ctx, want.Group(pool))
	return about(what, err)
}

func (a *applying) user(ctx context.Context, pool identity.PoolID, want UserSettings) error {
	what := "user " + want.Username + " in " + string(pool)
	_, err := a.Admin.User(ctx, pool, want.Username)
	if !absent(err) {
		return err
	}
	if !a.note(Change{Action: "create", What: what}) {
		return nil
	}
	return about(what, a.createUser(ctx, pool, want))
}

func (a *applying) extraPools(ctx context.Context, want []PoolSettings) error {
	have, err := a.Settings.Pools(ctx)
	for _, pool := range have {
		if !slices.ContainsFunc(want, func(w PoolSettings) bool { return w.ID == pool.ID }) {
			a.extra("pool " + string(pool.ID))
		}
	}
	return err
}

func (a *applying) extraGroups(ctx context.Context, want PoolSettings) error {
	page := identity.Page{}
	for {
		have, next, err := a.Admin.Groups(ctx, want.ID, page)
		if err != nil {
			return err
		}
		for _, g := range have {
			if !slices.ContainsFunc(want.Groups, func(w GroupSettings) bool { return w.Name == g.Name }) {
				a.extra("group " + g.Name + " in " + string(want.ID))
			}
		}
		if next == nil {
			return nil
		}
		page.Cursor = next
	}
}
