package identity

import (
	"context"
	"errors"
	"unicode/utf8"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// groupPage is how many members of a deleted group go in one transaction.
const groupPage = 200

// ValidateGroup holds a group against its pool and Cognito's bounds. It answers
// InvalidParameter with the field, named as in the file.
func ValidateGroup(p *Pool, g *Group) error {
	return firstBroken("ValidateGroup", []setting{
		{"group_name", fits(namePattern, g.Name, 128), "must have 1-128 visible characters without spaces"},
		{"description", utf8.ValidString(g.Description) && utf8.RuneCountInString(g.Description) <= 2048, "must have at most 2048 characters"},
		{"precedence", g.Precedence == nil || *g.Precedence >= 0, "must be 0 or more"},
		{"role_arn", utf8.ValidString(g.RoleARN) && len(g.RoleARN) <= 2048, "must have at most 2048 characters"},
		{"mfa_configuration", oneOf(g.MFAConfiguration, mfaOn), onOnly},
		demandRule(p, g.MFAConfiguration),
	})
}

// CreateGroup makes a group; AlreadyExists says that the name is taken.
func (a *Admin) CreateGroup(ctx context.Context, g Group) (Group, error) {
	const op = "Admin.CreateGroup"
	err := a.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := a.reopen(w, op, g.PoolID, "")
		if err == nil {
			err = ValidateGroup(&p, &g)
		}
		if err != nil {
			return nil, err
		}
		g.CreatedAt = a.Now()
		g.ModifiedAt = g.CreatedAt
		err = groups.Insert(w, g)
		if errors.Is(err, storage.ErrExists) {
			return refuse(op, AlreadyExists), nil
		}
		if err != nil {
			return nil, err
		}
		return nil, a.recordGroup(ctx, w, g.PoolID, "", g.Name, "create_group")
	})
	return g, err
}

// UpdateGroup replaces what a group is, not who is in it.
func (a *Admin) UpdateGroup(ctx context.Context, g Group) (Group, error) {
	return a.ChangeGroup(ctx, g.PoolID, g.Name, func(found *Group) { *found = g })
}

// ChangeGroup lets fn change what a group is; its name and pool stay.
func (a *Admin) ChangeGroup(ctx context.Context, pool PoolID, name string, fn func(*Group)) (g Group, err error) {
	const op = "Admin.UpdateGroup"
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := a.reopen(w, op, pool, "")
		if err != nil {
			return nil, err
		}
		before, err := a.getGroup(w, op, pool, name)
		if err != nil {
			return nil, err
		}
		g = before
		fn(&g)
		g.PoolID, g.Name, g.CreatedAt, g.ModifiedAt = pool, name, before.CreatedAt, a.Now()
		if err := ValidateGroup(&p, &g); err != nil {
			return nil, err
		}
		if err := groups.Put(w, g); err != nil {
			return nil, err
		}
		return nil, a.recordGroup(ctx, w, pool, "", name, "update_group")
	})
	return g, err
}

func (c *Core) getGroup(r storage.Reader, op string, pool PoolID, name string) (Group, error) {
	g, err := groups.Get(r, string(pool), name)
	if errors.Is(err, storage.ErrNotFound) {
		return Group{}, refuse(op, GroupNotFound)
	}
	return g, err
}

// Group answers one group.
func (a *Admin) Group(ctx context.Context, pool PoolID, name string) (g Group, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) (err error) {
		g, err = a.getGroup(r, "Admin.Group", pool, name)
		return err
	})
	return g, err
}

// Groups lists the groups of a pool by name. next is nil at the end.
func (a *Admin) Groups(ctx context.Context, pool PoolID, page Page) (list []Group, next []byte, err error) {
	const op = "Admin.Groups"
	err = a.Store.View(ctx, func(r storage.Reader) error {
		if _, _, err := a.reopen(r, op, pool, ""); err != nil {
			return err
		}
		list, next, err = groups.ListPage(r, page.of("", string(pool)))
		return badCursor(op, err)
	})
	return list, next, err
}

// DeleteGroup removes a group. Members leave it in pages, the group goes with
// the last of them, so that a group made anew under the name has nobody in it.
func (a *Admin) DeleteGroup(ctx context.Context, pool PoolID, name string) error {
	const op = "Admin.DeleteGroup"
	for {
		var more bool
		err := a.update(ctx, func(w storage.Writer) (*Error, error) {
			if _, err := a.getGroup(w, op, pool, name); err != nil {
				return nil, err
			}
			var err error
			if more, err = emptyGroup(w, pool, name); err != nil || more {
				return nil, err
			}
			if err := groups.Delete(w, string(pool), name); err != nil {
				return nil, err
			}
			return nil, a.recordGroup(ctx, w, pool, "", name, "delete_group")
		})
		if err != nil || !more {
			return err
		}
	}
}

// emptyGroup takes one page of members out, and says whether there are more.
func emptyGroup(w storage.Writer, pool PoolID, name string) (bool, error) {
	page, next, err := memberships.ListPage(w, storage.Page{Index: "group", Prefix: []any{string(pool), name}, Limit: groupPage})
	if err != nil {
		return false, err
	}
	for _, m := range page {
		if err := memberships.Delete(w, string(m.PoolID), string(m.UserID), m.Group); err != nil {
			return false, err
		}
	}
	return next != nil, nil
}

// AddToGroup puts a user into a group; being in it already is no error.
func (a *Admin) AddToGroup(ctx context.Context, pool PoolID, username, group string) error {
	const op = "Admin.AddToGroup"
	return a.inGroup(ctx, op, pool, username, group, "add_user_to_group", func(w storage.Writer, m membership) error {
		return memberships.Put(w, m)
	})
}

// RemoveFromGroup takes a user out of a group.
func (a *Admin) RemoveFromGroup(ctx context.Context, pool PoolID, username, group string) error {
	const op = "Admin.RemoveFromGroup"
	return a.inGroup(ctx, op, pool, username, group, "remove_user_from_group", func(w storage.Writer, m membership) error {
		return memberships.Delete(w, string(m.PoolID), string(m.UserID), m.Group)
	})
}

func (a *Admin) inGroup(ctx context.Context, op string, pool PoolID, username, group, action string, fn func(storage.Writer, membership) error) error {
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		_, u, err := a.load(w, op, pool, username)
		if err != nil {
			return nil, err
		}
		if _, err := a.getGroup(w, op, pool, group); err != nil {
			return nil, err
		}
		if err := fn(w, membership{PoolID: pool, UserID: u.ID, Group: group}); err != nil {
			return nil, err
		}
		return nil, a.recordGroup(ctx, w, pool, u.ID, group, action)
	})
}

func (a *Admin) recordGroup(ctx context.Context, w storage.Writer, pool PoolID, user UserID, group, action string) error {
	d := adminDeed(ctx, action)
	if d.Detail == nil {
		d.Detail = map[string]string{}
	}
	d.Detail["group"] = group
	return audit.Write(w, a.event(d.Action, audit.OK, attempt{PoolID: pool, UserID: user}, Origin{}, func(e *audit.Event) {
		e.Detail = d.Detail
	}))
}

// GroupsOf answers a user's groups, strongest first.
func (a *Admin) GroupsOf(ctx context.Context, pool PoolID, username string) (list []Group, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		_, u, err := a.load(r, "Admin.GroupsOf", pool, username)
		if err == nil {
			list, err = groupsOf(r, &u)
		}
		return err
	})
	return list, err
}

// GroupPage lists a user's groups by name. next is nil at the end.
func (a *Admin) GroupPage(ctx context.Context, pool PoolID, username string, page Page) (list []Group, next []byte, err error) {
	const op = "Admin.GroupPage"
	err = a.Store.View(ctx, func(r storage.Reader) error {
		_, u, err := a.load(r, op, pool, username)
		if err != nil {
			return err
		}
		var in []membership
		if in, next, err = memberships.ListPage(r, page.of("", string(pool), string(u.ID))); err != nil {
			return badCursor(op, err)
		}
		list = make([]Group, len(in))
		for i, m := range in {
			if list[i], err = a.getGroup(r, op, pool, m.Group); err != nil {
				return err
			}
		}
		return nil
	})
	return list, next, err
}

// UsersIn lists the users of a group. next is nil at the end.
func (a *Admin) UsersIn(ctx context.Context, pool PoolID, group string, page Page) (list []User, next []byte, err error) {
	const op = "Admin.UsersIn"
	err = a.Store.View(ctx, func(r storage.Reader) error {
		if _, err := a.getGroup(r, op, pool, group); err != nil {
			return err
		}
		var members []membership
		var err error
		if members, next, err = memberships.ListPage(r, page.of("group", string(pool), group)); err != nil {
			return badCursor(op, err)
		}
		list = make([]User, len(members))
		for i, m := range members {
			if list[i], err = getUser(r, pool, m.UserID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, next, err
}
