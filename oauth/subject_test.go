package oauth

import (
	"testing"

	"poolhouse.dev/identity"
)

func TestPairwiseSubjectsBelongToASector(t *testing.T) {
	k := start(t)
	of := func(pool identity.PoolID, user identity.UserID, kind, sector string, callbacks ...string) string {
		c := identity.Client{PoolID: pool, ID: "x", CallbackURLs: callbacks}
		c.SubjectType, c.SectorIdentifier = kind, sector
		return k.subjectOf(&c, user)
	}
	client := func(kind, sector string, callbacks ...string) string {
		return of(testPool, "ann", kind, sector, callbacks...)
	}
	one := client("pairwise", "", "https://a.test/one")
	if client("", "", "https://a.test/one") != "ann" || client("public", "https://a.test/s") != "ann" {
		t.Error("a public subject is not the person's id")
	}
	for name, same := range map[string]string{
		"another address of the host":   client("pairwise", "", "https://a.test/two"),
		"the host as sector identifier": client("pairwise", "https://a.test/sector.json", "https://b.test/"),
	} {
		if same != one {
			t.Errorf("%s: %s, and not %s", name, same, one)
		}
	}
	for name, other := range map[string]string{
		"another host":          client("pairwise", "", "https://b.test/one"),
		"no host":               client("pairwise", "", "com.example.app:/done"),
		"another person's pool": of(otherPool, "ann", "pairwise", "", "https://a.test/one"),
		"another person":        of(testPool, "bob", "pairwise", "", "https://a.test/one"),
	} {
		if other == one || len(other) != 43 {
			t.Errorf("%s: %s", name, other)
		}
	}
}
