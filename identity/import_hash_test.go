package identity

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/usercsv"
	"poolhouse.dev/storage"
)

// hashElsewhere makes a hash of each kind as other programs do, with little work.
func (k *kit) hashElsewhere(kind password.Kind, word string) string {
	k.Helper()
	salt := []byte("a salt of 16 byt")
	text := base64.RawStdEncoding.EncodeToString
	switch kind {
	case password.Bcrypt:
		made, err := bcrypt.GenerateFromPassword([]byte(word), bcrypt.MinCost)
		if err != nil {
			k.Fatal(err)
		}
		return string(made)
	case password.Scrypt:
		tag, err := scrypt.Key([]byte(word), salt, 1024, 8, 1, 32)
		if err != nil {
			k.Fatal(err)
		}
		return "$scrypt$ln=10,r=8,p=1$" + text(salt) + "$" + text(tag)
	case password.PBKDF2:
		tag, err := pbkdf2.Key(sha256.New, word, salt, 1000, 32)
		if err != nil {
			k.Fatal(err)
		}
		return "$pbkdf2-sha256$i=1000$" + text(salt) + "$" + text(tag)
	}
	made, err := password.NewHasher(password.Options{Params: password.Params{Memory: 128, Time: 1, Threads: 1}}).Hash(context.Background(), word)
	if err != nil {
		k.Fatal(err)
	}
	return made
}

// hashJob imports users with hashes, by name, and answers the job and its report.
func (k *kit) hashJob(kind password.Kind, hashes ...string) (ImportJob, []string) {
	k.Helper()
	ctx, i := context.Background(), k.importer()
	lines := []string{strings.Join(append(usercsv.Header(nil), usercsv.PasswordHash), ",")}
	for n, hash := range hashes {
		lines = append(lines, csvUser(fmt.Sprintf("%s-%d@example.test", strings.ToLower(string(kind)), n))+","+strings.ReplaceAll(hash, ",", `\,`))
	}
	j, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "moving", Algorithm: kind})
	if err == nil {
		err = i.Upload(ctx, testPool, j.ID, strings.NewReader(strings.Join(lines, "\n")))
	}
	if err == nil {
		_, err = i.Start(ctx, testPool, j.ID)
	}
	if err != nil {
		k.Fatal(err)
	}
	j = k.ran(j)
	return j, k.report(j)
}

func (k *kit) beside(name string) []string {
	k.Helper()
	step := k.start(name, FactorPassword, testChannel, k.origin(1))
	a, err := k.signIn().openTurn(context.Background(), "test", stepOf{step.Attempt, testChannel, step.Turn}, k.origin(1))
	if err != nil {
		k.Fatal(err)
	}
	of, err := k.signIn().reserveTry(context.Background(), "test", a, k.origin(1))
	if err != nil {
		k.Fatal(err)
	}
	if of.pool != testPool {
		k.Errorf("the try takes the turn of pool %q", of.pool)
	}
	return of.beside
}

func (k *kit) passwordNow(name string) (cred Credential) {
	k.Helper()
	u, err := k.admin().User(context.Background(), testPool, name)
	if err == nil {
		err = k.core.Store.View(context.Background(), func(r storage.Reader) (err error) {
			cred, err = k.core.passwordOf(r, u)
			return err
		})
	}
	if err != nil {
		k.Fatal(err)
	}
	return cred
}

func TestHashesOfEachKindAreReplacedAtTheFirstSignIn(t *testing.T) {
	for _, kind := range password.Kinds {
		k := newKit(t)
		name := strings.ToLower(string(kind)) + "-0@example.test"
		if j, report := k.hashJob(kind, k.hashElsewhere(kind, goodWord)); j.Imported != 1 {
			t.Fatalf("%s: %+v %v", kind, j, report)
		}
		if was := k.passwordNow(name); was.Imported == nil || was.Imported.Kind != kind {
			t.Errorf("%s: kept as %+v", kind, was)
		}
		if _, err := k.try(name, otherWord, k.origin(1)); !is(err, IncorrectPassword) {
			t.Errorf("%s: a wrong password: %v", kind, err)
		}
		if was := k.passwordNow(name); was.Imported == nil {
			t.Errorf("%s: a wrong password replaces it", kind)
		}
		k.in(name, k.origin(1))
		now := k.passwordNow(name)
		if now.Imported != nil || !strings.HasPrefix(now.Hash, "$argon2id$v=19$m=64,") {
			t.Errorf("%s: after a sign-in %+v", kind, now)
		}
		k.in(name, k.origin(1))
		if left := k.beside("nobody@example.test"); left != nil {
			t.Errorf("%s: the work goes on for %v", kind, left)
		}
	}
}

// TestAttackAnImportedHashTellsThatThereIsAnAccount: each try takes the same work.
func TestAttackAnImportedHashTellsThatThereIsAnAccount(t *testing.T) {
	k := newKit(t)
	k.user("house@example.test", Confirmed)
	if left := k.beside("nobody@example.test"); left != nil {
		t.Errorf("without a hash from elsewhere: %v", left)
	}
	dear := strings.Replace(k.hashElsewhere(password.Bcrypt, goodWord), "$04$", "$05$", 1)
	k.hashJob(password.Bcrypt, k.hashElsewhere(password.Bcrypt, goodWord), dear)
	other := k.hashElsewhere(password.PBKDF2, goodWord)
	k.hashJob(password.PBKDF2, other)
	for _, name := range []string{"nobody@example.test", "house@example.test", "bcrypt-0@example.test", "bcrypt-1@example.test", "pbkdf2_sha256-0@example.test"} {
		if beside := k.beside(name); !slices.Equal(beside, []string{dear, other}) {
			t.Errorf("%s: beside %v", name, beside)
		}
	}
}

func TestAttackAFileWhoseHashesOrderSeconds(t *testing.T) {
	k := newKit(t)
	cheap := k.hashElsewhere(password.Bcrypt, goodWord)
	at := func(cost string) string { return strings.Replace(cheap, "$04$", "$"+cost+"$", 1) }
	j, report := k.hashJob(password.Bcrypt, at("31"), at("13"), at("12"), cheap, k.hashElsewhere(password.Scrypt, goodWord), "plain")
	want := []string{
		"2 failed the password hash takes more work than is allowed", "3 failed the password hash takes more work than is allowed",
		"6 failed the password hash is SCRYPT, and the import was made for BCRYPT", "7 failed the password hash has none of the forms that are known",
	}
	if j.Imported != 2 || !slices.Equal(report, want) {
		t.Errorf("%+v\n%s", j, strings.Join(report, "\n"))
	}
	if j, report = k.hashJob(password.Scrypt, k.hashElsewhere(password.Scrypt, goodWord)); j.Imported != 0 || !strings.Contains(report[0], "beside those of other kinds") {
		t.Errorf("beside the dearest of another kind: %+v %v", j, report)
	}
	for _, hash := range []string{at("31"), "plain"} {
		if _, _, err := k.admin().ImportUser(t.Context(), ImportUser{Pool: testPool, Username: "ann@example.test", PasswordHash: hash}); !is(err, InvalidParameter) {
			t.Errorf("%s of the file: %v", hash, err)
		}
	}
}

// TestSRPWaitsForThePassword: of a hash no verifier can be made.
func TestSRPWaitsForThePassword(t *testing.T) {
	k, _ := srpUserKit(t)
	o := k.origin(1)
	k.hashJob(password.Bcrypt, k.hashElsewhere(password.Bcrypt, goodWord))
	const name = "bcrypt-0@example.test"
	_, before := k.beginSRP(name, o)
	_, err := k.bySRP(name, goodWord, o)
	_, wrong := k.bySRP("ann@example.test", otherWord, o)
	if !is(err, IncorrectPassword) || err.Error() != wrong.Error() {
		t.Errorf("with the right password %v, and ann with a wrong one %v", err, wrong)
	}
	k.in(name, o)
	if step, err := k.bySRP(name, goodWord, o); err != nil || step.Done == nil {
		t.Errorf("after a sign-in with the password: %+v %v", step, err)
	}
	if _, after := k.beginSRP(name, o); after.Salt != before.Salt {
		t.Error("the salt tells that somebody signed in")
	}
}

// TestAttackADormantAccountKeepsSignInSlowForEver: an operator counts the hashes that
// nobody came for, and ends them.
func TestAttackADormantAccountKeepsSignInSlowForEver(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	k.user("house@example.test", Confirmed)
	i, bcrypted := k.importer(), k.hashElsewhere(password.Bcrypt, goodWord)
	k.hashJob(password.Bcrypt, slices.Repeat([]string{bcrypted}, endPage+1)...)
	k.hashJob(password.PBKDF2, k.hashElsewhere(password.PBKDF2, goodWord))
	k.in("bcrypt-0@example.test", k.origin(1))
	if left, err := i.HashesLeft(ctx, testPool); err != nil || len(left) != 2 || left[password.Bcrypt] != endPage || left[password.PBKDF2] != 1 {
		t.Errorf("left %v, %v", left, err)
	}
	for _, want := range []int{endPage, 1, 0} {
		if ended, err := i.EndHashes(ctx, testPool); ended != want || err != nil {
			t.Fatalf("ended %d, not %d: %v", ended, want, err)
		}
	}
	if left, err := i.HashesLeft(ctx, testPool); len(left) != 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
	if beside := k.beside("nobody@example.test"); beside != nil {
		t.Errorf("the work goes on for %v", beside)
	}
	const name = "bcrypt-1@example.test"
	if _, err := k.try(name, goodWord, k.origin(1)); !is(err, IncorrectPassword) || k.find(name).Status != ResetRequired {
		t.Errorf("after the end: %v, %+v", err, k.find(name))
	}
	_, err := k.forgot(name)
	k.ok(err)
	k.ok(k.reset(name, k.last(name, message.ForgotPassword).code(), otherWord))
	k.signsIn(name, otherWord, true)
	k.audited("admin_end_imported_hash", "ok")
	for _, name := range []string{"house@example.test", "bcrypt-0@example.test"} {
		k.in(name, k.origin(1))
	}
	for _, err := range []error{second(i.HashesLeft(ctx, "local_none")), second(i.EndHashes(ctx, "local_none"))} {
		if !is(err, PoolNotFound) {
			t.Errorf("of no pool: %v", err)
		}
	}
}
