package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

// found searches to the end, in pages of two.
func (k *kit) found(filter UserFilter) (names []string) {
	k.Helper()
	page := Page{Limit: 2}
	for {
		list, next, err := k.admin().Search(context.Background(), testPool, filter, page)
		if err != nil {
			k.Fatal(err)
		}
		for _, u := range list {
			names = append(names, u.Attributes["nickname"])
		}
		if next == nil {
			return names
		}
		page.Cursor = next
	}
}

// searched makes people of a pool whose usernames are their own.
func searchKit(t testing.TB) *kit {
	k := newKit(t, func(p *Pool) { p.UsernameAttributes = nil })
	for i, name := range []string{"Ann", "anna", "Bob", "ANN"} {
		k.imports(ImportUser{Username: fmt.Sprintf("%s-%d", name, i), Attributes: map[string]string{
			"nickname": name, "given_name": name, "email": strings.ToLower(name) + "@example.test",
		}, PasswordHash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$dGFndGFndGFndGFndGFnZw"})
	}
	return k
}

func (k *kit) imports(in ImportUser) User {
	k.Helper()
	in.Pool = testPool
	u, _, err := k.admin().ImportUser(context.Background(), in)
	if err != nil {
		k.Fatal(err)
	}
	return u
}

func TestUsersAreFoundByWhatTheyAreSearchedBy(t *testing.T) {
	k := searchKit(t)
	if err := k.admin().Disable(context.Background(), testPool, "bob-2"); err != nil {
		t.Fatal(err)
	}
	bob, err := k.admin().User(context.Background(), testPool, "bob-2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter UserFilter
		want   []string
	}{
		{UserFilter{By: "given_name", Value: "Ann"}, []string{"Ann"}},
		{UserFilter{By: "given_name", Value: "Ann", Prefix: true}, []string{"Ann"}},
		{UserFilter{By: "given_name", Value: "a", Prefix: true}, []string{"anna"}},
		{UserFilter{By: "given_name", Value: "", Prefix: true}, []string{"Ann", "ANN", "anna", "Bob"}},
		{UserFilter{By: "email", Value: "ANN", Prefix: true}, []string{"Ann", "ANN", "anna"}},
		{UserFilter{By: "email", Value: "ann@EXAMPLE.test"}, []string{"Ann", "ANN"}},
		{UserFilter{By: "username", Value: "ANN-", Prefix: true}, []string{"Ann", "ANN"}},
		{UserFilter{By: "username", Value: "Bob-2"}, []string{"Bob"}},
		{UserFilter{By: "status", Value: "Disabled"}, []string{"Bob"}},
		{UserFilter{By: "status", Value: "Enabled"}, []string{"Ann", "anna", "ANN"}},
		{UserFilter{By: "cognito:user_status", Value: "CONFIRMED"}, []string{"Ann", "anna", "Bob", "ANN"}},
		{UserFilter{By: "cognito:user_status", Value: "UNCONFIRMED"}, nil},
		{UserFilter{By: "sub", Value: string(bob.ID)}, []string{"Bob"}},
		{UserFilter{By: "sub", Value: string(bob.ID[:13]), Prefix: true}, []string{"Bob"}},
		{UserFilter{By: "family_name", Value: ""}, nil},
	} {
		if got := k.found(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %v, want %v", c.filter, got, c.want)
		}
	}
	if err := k.admin().Enable(context.Background(), testPool, "bob-2"); err != nil {
		t.Fatal(err)
	}
	if got := k.found(UserFilter{By: "status", Value: "Disabled"}); got != nil {
		t.Errorf("still found: %v", got)
	}
	if _, _, err := k.admin().Search(context.Background(), testPool, UserFilter{By: "nickname", Value: "Ann"}, Page{}); !is(err, InvalidParameter) {
		t.Errorf("by nickname: %v", err)
	}
	if _, _, err := k.admin().Search(context.Background(), testPool, UserFilter{By: "email", Value: "a", Prefix: true}, Page{Cursor: []byte{9, 1}}); !is(err, InvalidParameter) {
		t.Errorf("by another's cursor: %v", err)
	}
}

func TestAUsernameThatIsTheSubIsFoundWithoutAnEntry(t *testing.T) {
	k := newKit(t)
	a := k.imports(ImportUser{Username: "ann@example.test", Password: goodWord, Attributes: map[string]string{"nickname": "Ann", "email": "ann@example.test"}})
	for _, filter := range []UserFilter{{By: "username", Value: a.Username}, {By: "username", Value: a.Username[:9], Prefix: true}, {By: "username", Prefix: true}} {
		if got := k.found(filter); !slices.Equal(got, []string{"Ann"}) {
			t.Errorf("%+v finds %v", filter, got)
		}
	}
}

// TestLongValuesAreToldApart: the index holds the beginning of a value.
func TestLongValuesAreToldApart(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.UsernameAttributes = nil })
	long := strings.Repeat("é", 1000)
	for _, name := range []string{"a", "b"} {
		k.imports(ImportUser{Username: name, Password: goodWord, Attributes: map[string]string{"nickname": name, "name": long + name}})
	}
	if got := k.found(UserFilter{By: "name", Value: long + "b"}); !slices.Equal(got, []string{"b"}) {
		t.Errorf("found %v", got)
	}
	if got := k.found(UserFilter{By: "name", Value: long, Prefix: true}); len(got) != 2 {
		t.Errorf("found %v", got)
	}
}

// TestUsersOfBeforeTheIndexAreFound: a store that is older gets the entries by the
// migration.
func TestUsersOfBeforeTheIndexAreFound(t *testing.T) {
	k := newKit(t)
	before := users
	users.Indexes = slices.DeleteFunc(slices.Clone(users.Indexes), func(x storage.Index[User]) bool { return x.Name == "search" })
	for i := range 3 {
		k.imports(ImportUser{Username: fmt.Sprintf("u%d@example.test", i), Password: goodWord, Attributes: map[string]string{"nickname": "N", "email": fmt.Sprintf("u%d@example.test", i)}})
	}
	users = before
	if got := k.found(UserFilter{By: "email", Value: "u", Prefix: true}); got != nil {
		t.Fatalf("found %v without an entry", got)
	}
	if err := storage.Migrate(context.Background(), k.core.Store, Migrations()); err != nil {
		t.Fatal(err)
	}
	if got := k.found(UserFilter{By: "email", Value: "u", Prefix: true}); len(got) != 3 {
		t.Errorf("found %v", got)
	}
}
