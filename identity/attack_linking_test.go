package identity

import (
	"context"
	"testing"

	"poolhouse.dev/storage"
)

// Attacks that come by somebody else's sign-in. Each is named after what is
// known of it elsewhere.

// joins makes a pool with providers that the client takes; trusted answers for
// example.test there.
func joins(t *testing.T, settings ...func(*Pool)) *kit {
	k := newKit(t, settings...)
	for name, trusted := range map[string][]string{"Google": {"example.test"}, "Elsewhere": nil} {
		_, err := k.settings().PutProvider(context.Background(), IdentityProvider{
			PoolID: testPool, Name: name, Type: "OIDC", Details: map[string]string{"client_id": "c", "client_secret": "s"}, TrustedDomains: trusted,
		})
		k.ok(err)
	}
	k.client(func(c *Client) { c.IdentityProviders = []string{"COGNITO", "Google", "Elsewhere"} })
	return k
}

// from comes back from a provider.
func (k *kit) from(provider, subject, email string, vouched bool) (Step, error) {
	k.Helper()
	x := External{Provider: provider, Subject: subject, Attributes: map[string]string{}, EmailVerified: vouched}
	if email != "" {
		x.Attributes[attrEmail] = email
	}
	return (&SignIn{k.core}).Federated(context.Background(), Federated{
		Pool: testPool, Client: testClient, Channel: testChannel, External: x, Origin: k.origin(7),
	})
}

// fromIn comes back and must be in.
func (k *kit) fromIn(provider, subject, email string, vouched bool) UserID {
	k.Helper()
	step, err := k.from(provider, subject, email, vouched)
	k.ok(err)
	if step.Done == nil {
		k.Fatalf("asked %+v, want to be in", step.Challenge)
	}
	return step.Done.Auth.User()
}

func TestTheSameIdentityFindsItsAccountAgain(t *testing.T) {
	k := joins(t)
	first := k.fromIn("Elsewhere", "s-1", "ann@example.test", true)
	if again := k.fromIn("Elsewhere", "s-1", "ann@example.test", true); again != first {
		t.Errorf("second time %s, first %s", again, first)
	}
	if u := k.find("ann@example.test"); u.ID != first || u.Status != ExternalProvider || !verified(&u, attrEmail) {
		t.Errorf("made %+v", u)
	}
}

func TestAttackSameSubjectAtTwoProviders(t *testing.T) {
	k := joins(t)
	if k.fromIn("Google", "s-1", "", false) == k.fromIn("Elsewhere", "s-1", "", false) {
		t.Error("two people with one subject at two providers are one user")
	}
}

func TestAttackNOAuthChangedEmailClaim(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	mallory := k.fromIn("Elsewhere", "mallory", "mallory@example.test", true)
	if again := k.fromIn("Elsewhere", "mallory", "ann@example.test", true); again != mallory || again == ann.ID {
		t.Errorf("a changed address signs in as %s, want %s", again, mallory)
	}
	if u := k.find("ann@example.test"); u.ID != ann.ID {
		t.Error("the address went to somebody else")
	}
}

func TestAttackUnverifiedEmail(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	for _, provider := range []string{"Google", "Elsewhere"} {
		if who := k.fromIn(provider, "m", "ann@example.test", false); who == ann.ID {
			t.Errorf("%s: an address that nobody vouches for opens its account", provider)
		}
	}
	if u := k.find("ann@example.test"); u.ID != ann.ID {
		t.Error("the address went to somebody else")
	}
}

func TestAttackVouchedEmailFromAProviderThatIsNotTrusted(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	step, err := k.from("Elsewhere", "m", "ann@example.test", true)
	k.ok(err)
	if step.Done != nil || step.Challenge.Linking != "Elsewhere" {
		t.Fatalf("got %+v, want the owner to prove themselves first", step)
	}
	_, err = k.respond(step, PasswordAnswer{"wrong-word-entirely"}, k.origin(7))
	k.refused(err, IncorrectPassword)
	if again, err := k.from("Elsewhere", "m", "ann@example.test", true); err != nil || again.Done != nil {
		t.Fatalf("joined without proof: %+v, %v", again, err)
	}
	done, err := k.respond(step, PasswordAnswer{goodWord}, k.origin(7))
	k.ok(err)
	if done.Done == nil || done.Done.Auth.User() != ann.ID {
		t.Fatalf("the owner is not in: %+v", done)
	}
	if who := k.fromIn("Elsewhere", "m", "ann@example.test", true); who != ann.ID {
		t.Error("the identity did not join")
	}
}

func TestATrustedProviderJoinsAVerifiedAddress(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	if who := k.fromIn("Google", "g", "ann@example.test", true); who != ann.ID {
		t.Errorf("signed in as %s, want %s", who, ann.ID)
	}
	k.user("bob@elsewhere.test", Confirmed)
	if step, err := k.from("Google", "b", "bob@elsewhere.test", true); err != nil || step.Done != nil {
		t.Errorf("trusted beyond its domain: %+v, %v", step, err)
	}
}

// An account that was confirmed without its address ever being proven may be
// anybody's who signed up with it: the provider vouches for one side alone.
func TestAttackTrustedProviderMeetsAnAddressThatNobodyProved(t *testing.T) {
	k := joins(t)
	k.signUp("ann@example.test", nil) // by somebody who does not have the mailbox
	k.change(k.find("ann@example.test"), func(u *User) { u.Status = Confirmed })
	step, err := k.from("Google", "g", "ann@example.test", true)
	if err != nil || step.Done != nil || step.Challenge.Linking != "Google" {
		t.Errorf("in an account whose password another knows: %+v, %v", step, err)
	}
}

// Pre-hijacking (Sudhodanan and Paverd 2022): what is left in an account by
// whoever signed up before its owner came.
func TestAttackUnexpiredSessionBeforeTheOwnerCame(t *testing.T) {
	k := joins(t)
	k.signUp("ann@example.test", nil)
	k.change(k.find("ann@example.test"), func(u *User) { u.Status = Confirmed }) // for a moment, so that there is a session
	mallory := k.in("ann@example.test", k.origin(9))
	k.change(k.find("ann@example.test"), func(u *User) { u.Status = Unconfirmed })
	k.fromIn("Elsewhere", "ann", "ann@example.test", true)
	_, err := (&Sessions{k.core}).Resume(t.Context(), testPool, mallory.Cookie)
	k.refused(err, SessionEnded)
	k.signsIn("ann@example.test", goodWord, false)
}

func TestAttackTrojanIdentifierBeforeTheOwnerCame(t *testing.T) {
	k := joins(t)
	k.signUp("ann@example.test", nil)
	k.change(k.find("ann@example.test"), func(u *User) {
		u.Attributes[attrPhone], u.Attributes[attrPreferredUsername] = "+4915112345678", "mallory"
		u.Attributes[attrPhoneVerified] = "true"
	})
	who := k.fromIn("Elsewhere", "ann", "ann@example.test", true)
	ann := k.find("ann@example.test")
	if ann.ID != who || ann.Attributes[attrPhone] != "" || ann.Attributes[attrPreferredUsername] != "" || ann.Attributes[attrPhoneVerified] != "" {
		t.Errorf("left by somebody else: %+v", ann.Attributes)
	}
}

func TestAttackClassicFederatedMerge(t *testing.T) {
	k := joins(t)
	step := k.signUp("ann@example.test", nil) // by somebody who does not have the mailbox
	who := k.fromIn("Elsewhere", "ann", "ann@example.test", true)
	k.signsIn("ann@example.test", goodWord, false)
	if _, err := k.respond(step, ConfirmAnswer{"000000"}, k.origin(9)); err == nil {
		t.Error("the attacker's attempt goes on")
	}
	if u := k.find("ann@example.test"); u.ID != who {
		t.Errorf("the account is %s, want %s", u.ID, who)
	}
}

func TestAttackInvitedAccountByAnUntrustedProvider(t *testing.T) {
	k := joins(t)
	invited := k.user("ann@example.test", ForceChangePassword)
	k.change(invited, func(u *User) { delete(u.Attributes, attrEmailVerified) })
	if step, err := k.from("Elsewhere", "m", "ann@example.test", true); err != nil || step.Done != nil {
		t.Errorf("an invitation went to who is not trusted: %+v, %v", step, err)
	}
}

func TestAttackProviderSwitchedOffMeanwhile(t *testing.T) {
	k := joins(t)
	k.fromIn("Elsewhere", "s-1", "", false)
	p, err := k.settings().Provider(t.Context(), testPool, "Elsewhere")
	k.ok(err)
	p.Disabled = true
	_, err = k.settings().PutProvider(t.Context(), p)
	k.ok(err)
	_, err = k.from("Elsewhere", "s-1", "", false)
	k.refused(err, NotAllowed)
	k.client(func(c *Client) { c.IdentityProviders = []string{"COGNITO"} })
	_, err = k.from("Google", "s-1", "", false)
	k.refused(err, NotAllowed)
}

func TestAttackDisabledUserByAProvider(t *testing.T) {
	k := joins(t)
	k.fromIn("Elsewhere", "s-1", "ann@example.test", true)
	k.ok(k.admin().Disable(t.Context(), testPool, "ann@example.test"))
	if step, err := k.from("Elsewhere", "s-1", "ann@example.test", true); err == nil || step.Done != nil {
		t.Errorf("a disabled user is in: %+v", step)
	}
}

func TestAttackSignUpClosedByAProvider(t *testing.T) {
	k := joins(t, func(p *Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true })
	for _, vouched := range []bool{true, false} {
		_, err := k.from("Google", "s-1", "new@example.test", vouched)
		k.refused(err, SignUpClosed)
	}
}

func TestAttackLoginCSRFByAnothersTrip(t *testing.T) {
	k := joins(t)
	s, ctx := k.signIn(), t.Context()
	state := s.NewState()
	k.ok(s.Depart(ctx, state, Trip{Pool: testPool, Channel: "mallory's browser", Provider: "Google", Pending: []byte("p")}))
	_, err := s.Return(ctx, testPool, state, testChannel)
	k.refused(err, AttemptExpired)
	back, err := s.Return(ctx, testPool, state, "mallory's browser")
	if k.ok(err); string(back.Pending) != "p" {
		t.Errorf("came back with %q", back.Pending)
	}
	_, err = s.Return(ctx, testPool, state, "mallory's browser")
	k.refused(err, AttemptExpired) // callback replay
}

func TestAttackMappedPrivileges(t *testing.T) {
	k := joins(t)
	x := External{Provider: "Elsewhere", Subject: "s", Attributes: map[string]string{
		"sub": "other", "email_verified": "true", "phone_number": "+4915112345678", "phone_number_verified": "true", "custom:role": "admin", "name": "Ann",
	}}
	step, err := k.signIn().Federated(t.Context(), Federated{Pool: testPool, Client: testClient, Channel: testChannel, External: x})
	k.ok(err)
	k.update(func(w storage.Writer) error {
		u, err := getUser(w, testPool, step.Done.Auth.User())
		for _, name := range []string{"sub", "email_verified", "phone_number", "phone_number_verified", "custom:role"} {
			if u.Attributes[name] != "" {
				t.Errorf("a provider wrote %s = %q", name, u.Attributes[name])
			}
		}
		if u.Attributes["name"] != "Ann" {
			t.Errorf("name = %q", u.Attributes["name"])
		}
		return err
	})
}

func TestTheLastWayInStaysJoined(t *testing.T) {
	k := joins(t)
	step, err := k.from("Elsewhere", "s-1", "ann@example.test", true)
	k.ok(err)
	auth := step.Done.Auth
	err = (&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "s-1", k.origin(7))
	k.refused(err, LastWayIn)
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g"}, k.origin(7)))
	k.ok((&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "s-1", k.origin(7)))
	if who := k.fromIn("Google", "g", "", false); who != auth.User() {
		t.Errorf("signed in as %s, want %s", who, auth.User())
	}
	other := k.fromIn("Elsewhere", "s-9", "", false)
	if other == auth.User() {
		t.Fatal("a stranger has the account")
	}
	err = (&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Elsewhere", Subject: "s-9"}, k.origin(7))
	k.refused(err, AlreadyExists)
}

func TestWhoeverCameByAnotherProviderJoinsByMail(t *testing.T) {
	k := joins(t)
	first := k.fromIn("Elsewhere", "s-1", "bob@elsewhere.test", true)
	step, err := k.from("Google", "g-1", "bob@elsewhere.test", true)
	step = k.asks(step, err, AskEmailCode)
	if step.Challenge.Linking != "Google" {
		t.Errorf("linking %q", step.Challenge.Linking)
	}
	step, err = k.respond(step, CodeAnswer{FactorEmailCode, k.sent("bob@elsewhere.test")}, k.origin(7))
	k.ok(err)
	if step.Done == nil || step.Done.Auth.User() != first {
		t.Fatalf("got %+v, want %s in", step, first)
	}
	if who := k.fromIn("Google", "g-1", "bob@elsewhere.test", true); who != first {
		t.Error("the identity did not join")
	}
}

func TestAttackProvenByTheProvidersWord(t *testing.T) {
	k := joins(t)
	x := External{Provider: "Elsewhere", Subject: "s", Attributes: map[string]string{attrEmail: "ann@example.test", attrEmailVerified: "true"}}
	step, err := k.signIn().Federated(t.Context(), Federated{Pool: testPool, Client: testClient, Channel: testChannel, External: x})
	k.ok(err)
	k.update(func(w storage.Writer) error {
		u, err := getUser(w, testPool, step.Done.Auth.User())
		if u.Attributes[attrEmailVerified] != "" {
			t.Error("a provider says itself what is proven")
		}
		return err
	})
}

func TestAttackVerifiedMarksMappedByAProvider(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	given := map[string]string{
		attrEmail: "mallory@example.test", attrEmailVerified: "true", attrPhone: "+4915112345678", attrPhoneVerified: "true", "name": "Ann",
	}
	for _, withEmail := range []bool{false, true} {
		kept := k.signIn().mappable(&Pool{}, &ann, given, withEmail)
		if kept["name"] != "Ann" || kept[attrPhone] != "" || kept[attrPhoneVerified] != "" || (kept[attrEmail] != "") != withEmail || (kept[attrEmailVerified] != "") != withEmail {
			t.Errorf("with the address %t: kept %v", withEmail, kept)
		}
	}
	k.change(ann, func(u *User) { u.Attributes[attrEmailVerified] = "false" })
	k.ok(k.admin().LinkProvider(t.Context(), testPool, "ann@example.test", "Elsewhere", "s-1"))
	x := External{Provider: "Elsewhere", Subject: "s-1", EmailVerified: true, Attributes: map[string]string{attrEmail: "other@example.test", attrEmailVerified: "true"}}
	_, err := k.signIn().Federated(t.Context(), Federated{Pool: testPool, Client: testClient, Channel: testChannel, External: x})
	k.ok(err)
	if u := k.find("ann@example.test"); u.Attributes[attrEmailVerified] != "false" || u.Attributes[attrEmail] != "ann@example.test" {
		t.Errorf("an identity that the account was not made by wrote %v", u.Attributes)
	}
}

func TestTheSixthIdentityIsRefusedByName(t *testing.T) {
	k := joins(t)
	ann := k.user("ann@example.test", Confirmed)
	for _, subject := range []string{"1", "2", "3", "4", "5"} {
		k.ok(k.admin().LinkProvider(t.Context(), testPool, "ann@example.test", "Elsewhere", subject))
	}
	k.refused(k.admin().LinkProvider(t.Context(), testPool, "ann@example.test", "Elsewhere", "6"), TooManyIdentities)
	auth := k.in("ann@example.test", k.origin(7)).Auth
	k.refused((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g"}, k.origin(7)), TooManyIdentities)
	_, err := k.from("Google", "g", "ann@example.test", true)
	k.refused(err, TooManyIdentities)
	if len(k.joinedTo(ann.ID)) != 5 {
		t.Errorf("joined to %d", len(k.joinedTo(ann.ID)))
	}
}
