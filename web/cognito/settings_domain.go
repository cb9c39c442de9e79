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

// domains gives the pool the domains of the file. One of the same kind that the pool
// has makes room: a pool has one prefix and one host name at most.
func (a *applying) domains(ctx context.Context, want PoolSettings) error {
	have, err := a.Settings.Domains(ctx, want.ID)
	if err != nil {
		return err
	}
	names, in := want.DomainNames(), " in "+string(want.ID)
	for _, name := range names {
		same := func(d identity.Domain) bool { return identity.IsCustom(d.Name) == identity.IsCustom(name) }
		change := Change{Action: "create", What: "domain " + name + in}
		at := slices.IndexFunc(have, same)
		if at >= 0 {
			change = Change{Action: "update", What: "domain" + in, Field: "domain", From: have[at].Name, To: name}
		}
		if at >= 0 && have[at].Name == name || !a.note(change) {
			continue
		}
		if err := a.domain(ctx, want.ID, change.From, name); err != nil {
			return about("domain "+name+in, domainRefused(err))
		}
	}
	for _, d := range have {
		if !slices.ContainsFunc(names, func(name string) bool { return identity.IsCustom(name) == identity.IsCustom(d.Name) }) {
			a.extra("domain " + d.Name + in)
		}
	}
	return nil
}

// domain makes one, and removes the one before once nothing speaks against it.
func (a *applying) domain(ctx context.Context, pool identity.PoolID, before, name string) error {
	_, err := a.Settings.Domain(ctx, name)
	if err == nil {
		return exception("InvalidParameterException", domainTaken)
	}
	if !absent(err) {
		return err
	}
	if before != "" {
		if err := a.Settings.DeleteDomain(ctx, pool, before); err != nil {
			return err
		}
	}
	_, err = a.Settings.CreateDomain(ctx, identity.Domain{Name: name, PoolID: pool, LoginVersion: 2})
	return err
}
