package identity

import (
	"context"
	"strconv"
	"testing"

	"poolhouse.dev/storage"
)

// Attacks by a provider that is another one than it was. The key that it knows
// its people by is its own, and opens nothing that another's did.

// comesFrom comes back from a provider whose answers name an issuer.
func (k *kit) comesFrom(issuer, provider, subject, email string) (Step, error) {
	k.Helper()
	x := External{Provider: provider, Subject: subject, Issuer: issuer, Attributes: map[string]string{attrEmail: email}, EmailVerified: true}
	return (&SignIn{k.core}).Federated(context.Background(), Federated{
		Pool: testPool, Client: testClient, Channel: testChannel, External: x, Origin: k.origin(7),
	})
}

const (
	oldIssuer = "https://id.example.test"
	newIssuer = "https://id.mallory.test"
)

// isThere wants the sign-in to be in, as this user.
func (k *kit) isThere(step Step, err error, want UserID) UserID {
	k.Helper()
	if err != nil || step.Done == nil || want != "" && step.Done.Auth.User() != want {
		k.Fatalf("got %+v, %v; want %s in", step, err, want)
	}
	return step.Done.Auth.User()
}

// remakes deletes a provider and makes another under its name.
func (k *kit) remakes(name string) {
	k.Helper()
	p, err := k.settings().Provider(k.Context(), testPool, name)
	k.ok(err)
	k.ok(k.settings().DeleteProvider(k.Context(), testPool, name))
	p.CreatedAt = k.clock()
	_, err = k.settings().PutProvider(k.Context(), p)
	k.ok(err)
}

func TestAttackProviderMadeAnewUnderAnOldName(t *testing.T) {
	k := joins(t)
	step, err := k.comesFrom(oldIssuer, "Google", "ann", "ann@example.test")
	ann := k.isThere(step, err, "")
	k.remakes("Google")
	_, err = k.comesFrom(newIssuer, "Google", "ann", "mallory@elsewhere.test")
	k.refused(err, IssuerChanged)
	_, err = k.comesFrom(newIssuer, "Google", "ann", "ann@example.test") // trusted for the domain, too
	k.refused(err, IssuerChanged)
	_, err = k.comesFrom("", "Google", "ann", "ann@example.test")
	k.refused(err, IssuerChanged)
	events := k.did("sign_in_elsewhere")
	if len(events) != 3 || events[2].User != string(ann) || events[2].Reason != string(IssuerChanged) ||
		events[2].Detail["issuer"] != newIssuer || events[2].Detail["bound_issuer"] != oldIssuer || events[2].Detail["user_id"] != "ann" {
		t.Errorf("told as %+v", events)
	}
	mallory := k.in(k.user("mallory@example.test", Confirmed).Attributes[attrEmail], k.origin(9)).Auth
	err = (&Identities{k.core}).Link(t.Context(), mallory, External{Provider: "Google", Subject: "ann", Issuer: newIssuer}, k.origin(9))
	k.refused(err, AlreadyExists)
	step, err = k.comesFrom(oldIssuer, "Google", "ann", "ann@example.test")
	k.isThere(step, err, ann)
}

func TestAttackProviderGivenAnotherIssuer(t *testing.T) {
	k := joins(t)
	step, err := k.comesFrom(oldIssuer, "Elsewhere", "1001", "ann@example.test")
	k.isThere(step, err, "")
	k.alters("Elsewhere", func(p *IdentityProvider) { p.Details["oidc_issuer"] = newIssuer })
	_, err = k.comesFrom(newIssuer, "Elsewhere", "1001", "")
	k.refused(err, IssuerChanged)
	step, err = k.comesFrom(newIssuer, "Elsewhere", "2002", "")
	if other := k.isThere(step, err, ""); other == k.find("ann@example.test").ID {
		t.Error("a new key has the old account")
	}
}

func TestAnIdentityMadeByAnAdministratorIsBoundAtItsFirstSignIn(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	k.ok(k.admin().LinkProvider(t.Context(), testPool, "ann@example.test", "Elsewhere", "s-1"))
	step, err := k.comesFrom(oldIssuer, "Elsewhere", "s-1", "")
	k.isThere(step, err, ann.ID)
	_, err = k.comesFrom(newIssuer, "Elsewhere", "s-1", "")
	k.refused(err, IssuerChanged)
}

func TestARebindFreesWhatWasBoundToTheOldIssuerAlone(t *testing.T) {
	k := joins(t)
	step, err := k.comesFrom(oldIssuer, "Elsewhere", "s-1", "ann@example.test")
	ann := k.isThere(step, err, "")
	for _, other := range []struct{ issuer, provider, subject string }{{"https://third.test", "Elsewhere", "s-2"}, {oldIssuer, "Google", "s-1"}} {
		step, err = k.comesFrom(other.issuer, other.provider, other.subject, "")
		k.isThere(step, err, "")
	}
	for i, from := range []string{"https://nobody.test", oldIssuer, oldIssuer} {
		n, err := k.admin().RebindProvider(t.Context(), testPool, "Elsewhere", from)
		if k.ok(err); n != []int{0, 1, 0}[i] || len(k.did("admin_rebind_identity")) != []int{0, 1, 1}[i] {
			t.Errorf("%d. freed %d of %s, told as %+v", i, n, from, k.did("admin_rebind_identity"))
		}
	}
	if e := k.did("admin_rebind_identity")[0]; e.User != string(ann) || e.Detail["bound_issuer"] != oldIssuer || e.Detail["provider"] != "Elsewhere" {
		t.Errorf("told as %+v", e)
	}
	_, err = k.admin().RebindProvider(t.Context(), testPool, "Elsewhere", "")
	k.refused(err, InvalidParameter)
	_, err = k.admin().RebindProvider(t.Context(), testPool, "Nobody", oldIssuer)
	k.refused(err, ResourceNotFound)
	step, err = k.comesFrom(newIssuer, "Elsewhere", "s-1", "ann@example.test")
	k.isThere(step, err, ann)
	_, err = k.comesFrom(oldIssuer, "Elsewhere", "s-1", "ann@example.test")
	k.refused(err, IssuerChanged)
	for provider, subject := range map[string]string{"Elsewhere": "s-2", "Google": "s-1"} {
		_, err = k.comesFrom(newIssuer, provider, subject, "")
		k.refused(err, IssuerChanged)
	}
}

func TestARebindReachesEveryIdentityOfManyPages(t *testing.T) {
	k := joins(t)
	const many = rebindBatch + 3
	k.update(func(w storage.Writer) error {
		for n := range many {
			one := Identity{PoolID: testPool, Provider: "Elsewhere", Subject: strconv.Itoa(n), Issuer: oldIssuer, UserID: "somebody"}
			if err := identities.Insert(w, one); err != nil {
				return err
			}
		}
		return nil
	})
	if n, err := k.admin().RebindProvider(t.Context(), testPool, "Elsewhere", oldIssuer); err != nil || n != many {
		t.Errorf("freed %d of %d, %v", n, many, err)
	}
}
