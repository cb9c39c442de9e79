package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/usercsv"
	"poolhouse.dev/storage"
)

func (k *kit) importer() *Imports { return &Imports{k.core} }

// csvLine is a line of the kit's pool; what is not given is empty.
func csvLine(values map[string]string) string {
	var fields []string
	for _, name := range usercsv.Header(nil) {
		fields = append(fields, strings.ReplaceAll(values[name], ",", `\,`))
	}
	return strings.Join(fields, ",")
}

func csvUser(name string) string {
	return csvLine(map[string]string{usercsv.Username: name, usercsv.MFA: "false", "email": name, "email_verified": "true"})
}

func csvFile(lines ...string) string {
	return strings.Join(usercsv.Header(nil), ",") + "\n" + strings.Join(lines, "\n")
}

// job makes a job with a file.
func (k *kit) job(file string) ImportJob {
	k.Helper()
	ctx, i := context.Background(), k.importer()
	j, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "moving"})
	if err == nil {
		err = i.Upload(ctx, testPool, j.ID, strings.NewReader(file))
	}
	if err != nil {
		k.Fatal(err)
	}
	return j
}

func (k *kit) started(file string) ImportJob {
	k.Helper()
	j, err := k.importer().Start(context.Background(), testPool, k.job(file).ID)
	if err != nil {
		k.Fatal(err)
	}
	return j
}

func (k *kit) ran(j ImportJob) ImportJob {
	k.Helper()
	if err := k.importer().Run(context.Background()); err != nil {
		k.Fatal(err)
	}
	j, err := k.importer().Job(context.Background(), testPool, j.ID)
	if err != nil {
		k.Fatal(err)
	}
	return j
}

func (k *kit) report(j ImportJob) (lines []string) {
	k.Helper()
	found, _, err := k.importer().Report(context.Background(), testPool, j.ID, Page{})
	if err != nil {
		k.Fatal(err)
	}
	for _, l := range found {
		kind := "failed"
		if l.Skipped {
			kind = "skipped"
		}
		lines = append(lines, fmt.Sprintf("%d %s %s", l.Line, kind, l.Reason))
	}
	return lines
}

func (k *kit) parts() (n int) {
	k.Helper()
	err := k.core.Store.View(context.Background(), func(r storage.Reader) (err error) {
		n, err = importParts.Count(r, storage.Page{})
		return err
	})
	if err != nil {
		k.Fatal(err)
	}
	return n
}

func TestAFileMakesUsersWhoSetAPassword(t *testing.T) {
	k := newKit(t)
	k.user("bob@example.test", Confirmed)
	j := k.ran(k.started(csvFile(
		csvUser("ann@example.test"), csvUser("bob@example.test"), "", csvUser("no address"), csvUser("eve@example.test")+",",
		csvLine(map[string]string{usercsv.Username: "cat@example.test", usercsv.MFA: "false", "email": "cat@example.test", "email_verified": "false"}),
		csvLine(map[string]string{usercsv.Username: "dan@example.test", usercsv.MFA: "true", "email": "dan@example.test", "email_verified": "true"}),
		csvLine(map[string]string{usercsv.Username: "fay@example.test", usercsv.MFA: "false", "email": "fay@example.test", "email_verified": "true", "birthdate": "02/29/2000", "address": "A street 1, town"}),
	)))
	if j.Status != ImportSucceeded || j.Imported != 2 || j.Skipped != 1 || j.Failed != 4 || j.CompletedAt.IsZero() || !strings.Contains(j.Message, "4 failed") {
		t.Errorf("job %+v", j)
	}
	want := []string{"3 skipped", "5 failed", "6 failed", "7 failed", "8 failed"}
	got := k.report(j)
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("report\n%s", strings.Join(got, "\n"))
	}
	fay, err := k.admin().User(context.Background(), testPool, "fay@example.test")
	if err != nil || fay.Status != ResetRequired || fay.Attributes["birthdate"] != "2000-02-29" || fay.Attributes["address"] != "A street 1, town" || fay.Attributes["email_verified"] != "true" {
		t.Errorf("%+v %v", fay, err)
	}
	if n := k.parts(); n != 0 {
		t.Errorf("%d parts of the file are left", n)
	}
}

func TestAJobGoesThroughItsStates(t *testing.T) {
	k := newKit(t)
	ctx, i := context.Background(), k.importer()
	bare, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "bare"})
	if err != nil {
		t.Fatal(err)
	}
	state := func(err error, why string) {
		t.Helper()
		if !is(err, InvalidState) || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want %s", err, why)
		}
	}
	if _, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "moving", Algorithm: "MD5"}); !is(err, InvalidParameter) {
		t.Errorf("hashes of a kind that nobody verifies: %v", err)
	}
	_, err = i.Start(ctx, testPool, bare.ID)
	state(err, "no file was sent")
	_, err = i.Stop(ctx, testPool, bare.ID)
	state(err, "the job is Created")
	first, second := k.started(csvFile(csvUser("ann@example.test"))), k.job(csvFile())
	_, err = i.Start(ctx, testPool, second.ID)
	state(err, "another import")
	_, err = i.Start(ctx, testPool, first.ID)
	state(err, "the job is Pending")
	state(i.Upload(ctx, testPool, first.ID, strings.NewReader("x")), "")
	if _, err := i.Stop(ctx, testPool, first.ID); err != nil {
		t.Fatal(err)
	}
	if first = k.ran(first); first.Status != ImportStopped || first.Imported != 0 {
		t.Errorf("stopped %+v", first)
	}
	_, err = i.Stop(ctx, testPool, first.ID)
	state(err, "the job is Stopped")
	k.wait(importWait)
	if second = k.ran(second); second.Status != ImportExpired || k.parts() != 0 {
		t.Errorf("expired %+v, %d parts", second, k.parts())
	}
	if _, err := i.Job(ctx, "other_pool", second.ID); !is(err, ResourceNotFound) {
		t.Errorf("in another pool: %v", err)
	}
	list, next, err := i.Jobs(ctx, testPool, Page{Limit: 2})
	if err != nil || next == nil || len(list) != 2 || list[0].ID != second.ID {
		t.Errorf("listed %+v %v", list, err)
	}
}

func TestAFileWithoutItsHeaderFailsWhole(t *testing.T) {
	k := newKit(t)
	if j := k.ran(k.started("name,email\nAnn,ann@example.test")); j.Status != ImportFailed || !strings.Contains(j.Message, "is missing") || j.Imported != 0 {
		t.Errorf("job %+v", j)
	}
	j, _, _ := k.importer().Create(context.Background(), ImportJob{PoolID: testPool, Name: "x"})
	if err := k.importer().Upload(context.Background(), testPool, j.ID, strings.NewReader("")); !is(err, InvalidParameter) {
		t.Errorf("an empty file: %v", err)
	}
}

// endless is a file without end, which counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, strings.Repeat("aaaaaaa\n", 1024))
	e.read += n
	return n, nil
}

func TestAttackAFileWithoutEnd(t *testing.T) {
	k := newKit(t)
	j, _, _ := k.importer().Create(context.Background(), ImportJob{PoolID: testPool, Name: "x"})
	var file endless
	if err := k.importer().Upload(context.Background(), testPool, j.ID, &file); !is(err, InvalidParameter) || file.read > MaxImport+importPartSize {
		t.Errorf("%d bytes taken: %v", file.read, err)
	}
}

func TestAttackAnUploadIsOfItsJobAndItsTime(t *testing.T) {
	k := newStillKit(t)
	ctx, i := context.Background(), k.importer()
	j, secret, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "a"})
	other, _, err2 := i.Create(ctx, ImportJob{PoolID: testPool, Name: "b"})
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	may := func(pool PoolID, id, secret string) bool {
		_, err := i.Uploader(ctx, pool, id, secret)
		return err == nil
	}
	if !may(testPool, j.ID, secret) || may(testPool, other.ID, secret) || may(testPool, j.ID, secret+"x") || may(testPool, j.ID, "") || may("other_pool", j.ID, secret) || may(testPool, "import-x", secret) {
		t.Error("a secret is not of its own job alone")
	}
	k.wait(uploadLife)
	if may(testPool, j.ID, secret) {
		t.Error("the secret does not end")
	}
}

// lost is a store whose commits fail from a moment on.
type lost struct {
	storage.Store
	left int
}

var errPower = errors.New("the power is gone")

func (l *lost) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if l.left--; l.left < 0 {
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, errPower)
	}
	return l.Store.Update(ctx, fn)
}

// TestAJobGoesOnAfterACrash: wherever it is cut, each line is taken once.
func TestAJobGoesOnAfterACrash(t *testing.T) {
	var lines []string
	for n := range 60 {
		lines = append(lines, csvUser(fmt.Sprintf("u%d@example.test", n)))
	}
	lines[7] = "broken"
	for cut := range 8 {
		k := newKit(t)
		j := k.started(csvFile(lines...))
		whole := k.core.Store
		k.core.Store = &lost{Store: whole, left: cut}
		err := k.importer().Run(context.Background())
		k.core.Store = whole
		if cut < 5 && !errors.Is(err, errPower) {
			t.Fatalf("cut after %d: %v", cut, err)
		}
		if cut > 0 && cut < 5 {
			if again := k.ran(j); again.Status != ImportInProgress {
				t.Errorf("cut after %d: taken over at once, %+v", cut, again)
			}
		}
		k.wait(importHold)
		if j = k.ran(j); j.Status != ImportSucceeded || j.Imported != 59 || j.Failed != 1 || j.Skipped != 0 || k.report(j)[0][:2] != "9 " {
			t.Errorf("cut after %d: %+v %v", cut, j, k.report(j))
		}
	}
}

func TestALongFileIsTakenInParts(t *testing.T) {
	k := newKit(t)
	const n = 3000
	var lines []string
	for i := range n {
		lines = append(lines, csvUser(fmt.Sprintf("user-%04d@example.test", i)))
	}
	lines[n-1] = "broken"
	j := k.started(csvFile(lines...))
	if parts := k.parts(); parts < 2 {
		t.Fatalf("%d parts", parts)
	}
	if j = k.ran(j); j.Imported != n-1 || j.Failed != 1 || !strings.HasPrefix(k.report(j)[0], fmt.Sprint(n+1, " failed")) || k.parts() != 0 {
		t.Errorf("%+v %v, %d parts", j, k.report(j), k.parts())
	}
	k.wait(reportMemory + time.Second)
	if _, err := k.core.Sweep(context.Background()); err != nil || k.report(j) != nil {
		t.Errorf("the report stays: %v %v", k.report(j), err)
	}
}
