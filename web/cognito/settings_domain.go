package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
)

// DomainNames answers the names that the settings give the pool: domain,
// custom_domain, those of them that there are.
func (p *PoolSettings) DomainNames() []string {
	return slices.DeleteFunc([]string{p.Domain, p.CustomDomain}, func(name string) bool { return name == "" })
}

// oneHolder refuses settings in which two names, of one pool or of two, are one host.
func (h *Handler) oneHolder(pools []PoolSettings) error {
	holders := map[string]identity.PoolID{}
	for i := range pools {
		for _, name := range pools[i].DomainNames() {
			host := h.Settings.DomainHost(name)
			if holder, taken := holders[host]; taken {
				return about("domain "+name+" in "+string(pools[i].ID), exception("InvalidParameterException", "it is the domain of "+string(holder)+" as well"))
			}
			holders[host] = pools[i].ID
		}
	}
	return nil
}

// domains gives the pool the domains of the file. One of the same kind that the pool
// has makes room: a pool has one prefix and one host name at most. So does that of
// another pool whose host it is: a key for that pool may have thought of the name
// first, and must not keep the file from being applied.
func (a *applying) domains(ctx context.Context, want PoolSettings) error {
	have, err := a.Settings.Domains(ctx, want.ID)
	if err != nil {
		return err
	}
	names, in := want.DomainNames(), " in "+string(want.ID)
	for _, name := range names {
		if slices.ContainsFunc(have, func(d identity.Domain) bool { return d.Name == name }) {
			continue
		}
		if err := a.domain(ctx, want.ID, name, have); err != nil {
			return about("domain "+name+in, err)
		}
	}
	for _, d := range have {
		replaced := func(name string) bool {
			return identity.IsCustom(name) == identity.IsCustom(d.Name) || a.Settings.DomainHost(name) == a.Settings.DomainHost(d.Name)
		}
		if !slices.ContainsFunc(names, replaced) {
			a.extra("domain " + d.Name + in)
		}
	}
	return nil
}

// domain gives the pool a name in the place of what it had, or another pool.
func (a *applying) domain(ctx context.Context, pool identity.PoolID, name string, have []identity.Domain) error {
	in := " in " + string(pool)
	change := Change{Action: "create", What: "domain " + name + in}
	if at := slices.IndexFunc(have, func(d identity.Domain) bool { return identity.IsCustom(d.Name) == identity.IsCustom(name) }); at >= 0 {
		change = Change{Action: "update", What: "domain" + in, Field: "domain", From: have[at].Name, To: name}
	}
	changes := []Change{change}
	holder, err := a.Settings.DomainHolder(ctx, name)
	if err != nil && !absent(err) {
		return err
	}
	taken := err == nil && holder.PoolID != pool
	if err == nil && !taken {
		changes[0] = Change{Action: "update", What: "domain" + in, Field: "domain", From: holder.Name, To: name}
	}
	if taken {
		changes = append(changes, Change{Action: "update", What: "domain " + holder.Name, Field: "user_pool_id", From: string(holder.PoolID), To: string(pool)})
	}
	if !a.note(changes...) {
		return nil
	}
	if err := a.Settings.TakeDomain(ctx, identity.Domain{Name: name, PoolID: pool, LoginVersion: 2}); err != nil {
		return err
	}
	if taken && a.Log != nil {
		a.Log.Warn("a domain was another pool's, and is now where the configuration has it", "domain", holder.Name, "pool", pool, "from", holder.PoolID)
	}
	return nil
}
