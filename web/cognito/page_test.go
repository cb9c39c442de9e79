package cognito

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// somePools makes pools beside the rig's own.
func (s *rig) somePools(n int) {
	s.Helper()
	var in ApplySettingsRequest
	for i := range n {
		in.Pools = append(in.Pools, PoolSettings{Pool: identity.Pool{ID: identity.PoolID(fmt.Sprintf("more_%d", i)), Name: "More"}})
	}
	s.calls(AdminTarget+"ApplySettings", in, nil)
}

func TestPoolsAreListedInPages(t *testing.T) {
	s := start(t)
	s.somePools(4)
	var seen []string
	in := ListUserPoolsRequest{MaxResults: 2}
	for {
		var out ListUserPoolsResponse
		s.calls(Target+"ListUserPools", in, &out)
		if len(out.UserPools) == 0 || len(out.UserPools) > 2 {
			t.Fatalf("a page of %d", len(out.UserPools))
		}
		for _, p := range out.UserPools {
			seen = append(seen, string(p.ID))
		}
		if in.NextToken = out.NextToken; in.NextToken == "" {
			break
		}
	}
	if want := "local_main more_0 more_1 more_2 more_3"; strings.Join(seen, " ") != want {
		t.Errorf("listed %v", seen)
	}
}

func TestAPageGoesOnWhereTheLastHasGone(t *testing.T) {
	h := start(t).handler
	list := listing{operation: "X", member: "NextToken"}
	page := func(token string, all []string) ([]string, string, error) {
		return shortPage(h, shortList[string]{listing: list, key: func(s string) string { return s }, limit: 2, token: token}, all)
	}
	all := []string{"a", "b", "c", "d"}
	some, next, err := page("", all)
	if err != nil || !slices.Equal(some, []string{"a", "b"}) {
		t.Fatal(some, err)
	}
	for want, now := range map[string][]string{"c,d": {"a", "c", "d"}, "": {}, "c,x": {"0", "a", "b", "c", "x"}, "d": {"a", "d"}} {
		if some, _, err := page(next, now); err != nil || strings.Join(some, ",") != want {
			t.Errorf("of %v comes %v %v, want %s", now, some, err, want)
		}
	}
}

// A token is sealed, and goes on with the very list that it was given out for (SG-16).
func TestAttackATokenOfAnotherList(t *testing.T) {
	s := start(t)
	s.somePools(3)
	h := s.handler
	mine := listing{operation: "ListUsers", pool: pool, asked: []string{`email ^= "a"`}, member: "PaginationToken"}
	token := h.pageFrom(mine, []byte("place"))
	if page, err := h.pageAt(mine, 0, token); err != nil || string(page.Cursor) != "place" || strings.ContainsAny(token, " \n") {
		t.Fatal(page, err)
	}
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		list  listing
		token string
	}{
		"of another pool":      {listing{operation: "ListUsers", pool: "other_pool", asked: mine.asked, member: "T"}, token},
		"of another operation": {listing{operation: "ListGroups", pool: pool, asked: mine.asked, member: "T"}, token},
		"of another filter":    {listing{operation: "ListUsers", pool: pool, asked: []string{`email ^= "b"`}, member: "T"}, token},
		"of no filter":         {listing{operation: "ListUsers", pool: pool, member: "T"}, token},
		"changed":              {mine, string(flipped)},
		"cut":                  {mine, token[:len(token)-4]},
		"made up":              {mine, "bWFkZSB1cA"},
		"no base64":            {mine, "!!"},
		"not sealed":           {mine, "eyJhdCI6ImNHeGhZMlU9In0"},
	} {
		if page, err := h.pageAt(c.list, 0, c.token); err == nil || page.Cursor != nil || translate(err).Type != "InvalidParameterException" {
			t.Errorf("%s: %v %v", name, page, err)
		}
	}
	now := h.Now()
	h.Now = func() time.Time { return now.Add(time.Hour) }
	if _, err := h.pageAt(mine, 0, token); err == nil {
		t.Error("a token is good for longer than an hour")
	}
}

func TestAttackATokenOfAnotherScope(t *testing.T) {
	s := start(t)
	s.somePools(3)
	var out ListUserPoolsResponse
	s.calls(Target+"ListUserPools", ListUserPoolsRequest{MaxResults: 1}, &out)
	body := encode(t, ListUserPoolsRequest{MaxResults: 1, NextToken: out.NextToken})
	if kind, answer := s.as(Caller{Kind: AccessKey, Pool: pool}, Target+"ListUserPools", body); kind != "InvalidParameterException" {
		t.Error(answer)
	}
}
