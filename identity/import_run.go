package identity

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/usercsv"
	"poolhouse.dev/storage"
)

const (
	// importBatch is how many lines one transaction takes. Large ones in random order
	// rewrite most pages of bbolt and leave a long list of free ones behind.
	importBatch = 25
	// importHold is how long whoever works on a job may be silent.
	importHold = time.Minute
	// partMemory is how long pieces that belong to no file are left.
	partMemory = 2 * importWait
	// reportMemory is how long reports are kept.
	reportMemory = 90 * 24 * time.Hour
)

// errLost says that somebody else has taken the job over, or that it is gone.
var errLost = errors.New("identity: the import is somebody else's")

// Run works on every job that was started, one after the other, and lets those expire
// that were not. Several processes may run it: each job is one's at a time, and what a
// process left half done goes on where it stopped.
func (i *Imports) Run(ctx context.Context) error {
	var open []ImportJob
	err := i.Store.View(ctx, func(r storage.Reader) (err error) {
		open, err = importJobs.List(r, storage.Page{Index: "open"})
		return err
	})
	for _, j := range open {
		switch {
		case j.active():
			err = errors.Join(err, i.work(ctx, j.PoolID, j.ID))
		case i.Now().Sub(j.CreatedAt) >= importWait:
			err = errors.Join(err, i.expire(ctx, j))
		}
	}
	return err
}

func (i *Imports) expire(ctx context.Context, j ImportJob) error {
	err := i.onJob(ctx, j.PoolID, j.ID, func(w storage.Writer, j *ImportJob) error {
		if j.Status == ImportCreated {
			j.Status, j.Token, j.CompletedAt = ImportExpired, "", i.Now()
		}
		return nil
	})
	if errors.Is(err, errLost) {
		return nil
	}
	return errors.Join(err, i.dropParts(ctx, &j))
}

// sweepImports removes pieces of files that no job took, and old reports.
func (c *Core) sweepImports(ctx context.Context) (int, error) {
	parts, err := importParts.Sweep(ctx, c.Store, by("at"), func(p *importPart) bool { return c.Now().Sub(p.At) > partMemory })
	lines, err2 := importLines.Sweep(ctx, c.Store, by("at"), func(l *ImportLine) bool { return c.Now().Sub(l.At) > reportMemory })
	return parts + lines, errors.Join(err, err2)
}

// onJob changes a job that is there.
func (i *Imports) onJob(ctx context.Context, pool PoolID, id string, fn func(storage.Writer, *ImportJob) error) error {
	return i.Store.Update(ctx, func(w storage.Writer) error {
		j, err := importJobs.Get(w, string(pool), id)
		if errors.Is(err, storage.ErrNotFound) {
			return errLost
		}
		if err == nil {
			err = fn(w, &j)
		}
		if err != nil {
			return err
		}
		return importJobs.Put(w, j)
	})
}

// work takes a job up and brings it to its end.
func (i *Imports) work(ctx context.Context, pool PoolID, id string) error {
	me := uuid.NewString()
	var job ImportJob
	err := i.onJob(ctx, pool, id, func(_ storage.Writer, j *ImportJob) error {
		if now := i.Now(); !j.active() || j.Holder != "" && now.Before(j.HeldUntil) {
			return errLost
		}
		j.Holder, j.HeldUntil = me, i.Now().Add(importHold)
		if j.StartedAt.IsZero() {
			j.StartedAt = i.Now()
		}
		if j.Status == ImportPending {
			j.Status = ImportInProgress
		}
		job = *j
		return nil
	})
	for err == nil && job.active() {
		err = i.step(ctx, &job)
	}
	switch {
	case errors.Is(err, errLost) || is(err, PoolNotFound):
		return nil
	case err != nil && !passing(ctx, err):
		return errors.Join(err, i.end(ctx, &job, ImportFailed, "A fault stopped the import; the server's log says which."))
	case err != nil:
		return err
	}
	return i.dropParts(ctx, &job)
}

// passing says that a fault is of the moment: the job goes on with the next Run.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrUnavailable) ||
		errors.Is(err, storage.ErrUnknown) || errors.Is(err, storage.ErrFull) || errors.Is(err, storage.ErrClosed)
}

// step takes the next part of the file, or ends the job behind the last one.
func (i *Imports) step(ctx context.Context, j *ImportJob) error {
	if j.Part >= j.Parts {
		return i.end(ctx, j, ImportSucceeded, j.summary())
	}
	lines, err := i.part(ctx, j)
	if err != nil {
		return err
	}
	if j.Columns == nil {
		p, _, err := i.open(ctx, "Imports.Run", j.PoolID, "")
		if err != nil {
			return err
		}
		if j.Columns, err = columnsOf(&p, j, lines[0]); err != nil {
			return i.end(ctx, j, ImportFailed, "The first line is no header: "+err.Error()+".")
		}
		j.Line = 1
	}
	for j.active() && j.Line < len(lines) {
		if err := i.batch(ctx, j, lines); err != nil {
			return err
		}
		if j.Lines > maxImportRows {
			return i.end(ctx, j, ImportFailed, fmt.Sprintf("The file has more than %d users; those before were imported.", maxImportRows))
		}
	}
	if !j.active() {
		return nil
	}
	return i.next(ctx, j, len(lines))
}

func columnsOf(p *Pool, j *ImportJob, line string) ([]string, error) {
	want := importColumns(p)
	if j.Algorithm != "" {
		want = append(want, usercsv.PasswordHash)
	}
	return usercsv.Columns(line, want, nil)
}

// summary is the completion message.
func (j *ImportJob) summary() string {
	if j.Skipped+j.Failed == 0 {
		return "The import is complete."
	}
	return fmt.Sprintf("The import is complete. %d lines were skipped, %d failed; the report of the job says which, and why.", j.Skipped, j.Failed)
}

// part reads the lines of the part that is next.
func (i *Imports) part(ctx context.Context, j *ImportJob) (lines []string, err error) {
	var found importPart
	err = i.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = importParts.Get(r, string(j.PoolID), j.ID, j.Upload, j.Part)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("part %d of the file: %w", j.Part, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(found.Lines))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, 4*importPartSize))
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), err
}

// mine answers the job as it is stored, if it is still this one's work.
func (i *Imports) mine(w storage.Writer, j *ImportJob) (ImportJob, error) {
	now, err := importJobs.Get(w, string(j.PoolID), j.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && now.Holder != j.Holder {
		err = errLost
	}
	return now, err
}

// batch takes some lines, and notes with them how far it has come: a line is taken
// once, whatever happens in between.
func (i *Imports) batch(ctx context.Context, j *ImportJob, lines []string) error {
	var done ImportJob
	err := i.Store.Update(ctx, func(w storage.Writer) error {
		now, err := i.mine(w, j)
		if err != nil {
			return err
		}
		if done = now; now.Status == ImportStopping {
			done.Status, done.CompletedAt, done.Holder, done.Message = ImportStopped, i.Now(), "", "The import was stopped."
			return errors.Join(importJobs.Put(w, done), i.recordJob(ctx, w, &done, "end_user_import"))
		}
		p, _, err := i.reopen(w, "Imports.Run", j.PoolID, "")
		if err != nil {
			return err
		}
		done.Columns, done.Line, done.HeldUntil = j.Columns, j.Line, i.Now().Add(importHold)
		if done.Lines == 0 {
			done.Lines = 1 // the header
		}
		for n := 0; n < importBatch && done.Line < len(lines); n++ {
			done.Lines++
			if err := i.line(w, &p, &done, lines[done.Line]); err != nil {
				return err
			}
			done.Line++
		}
		return importJobs.Put(w, done)
	})
	if err == nil {
		*j = done
	}
	return err
}

// line takes one line, and keeps why it made no user.
func (i *Imports) line(w storage.Writer, p *Pool, j *ImportJob, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	skipped, why, err := i.row(w, p, j, text)
	switch {
	case err != nil:
		return err
	case why == "":
		j.Imported++
		return nil
	case skipped:
		j.Skipped++
	default:
		j.Failed++
	}
	return importLines.Put(w, ImportLine{PoolID: j.PoolID, Job: j.ID, Line: j.Lines, Skipped: skipped, Reason: why, At: i.Now()})
}

// row makes one user, or says why not. Whoever is there already is skipped.
func (i *Imports) row(w storage.Writer, p *Pool, j *ImportJob, text string) (skipped bool, why string, err error) {
	const op = "Imports.Run"
	row, err := usercsv.Read(j.Columns, text)
	if err != nil {
		return false, err.Error(), nil
	}
	if _, err := i.findUser(w, p, row.Username); err == nil || !errors.Is(err, storage.ErrNotFound) {
		return true, "a user of that name is there already", err
	}
	u, err := checkUser(op, p, &Client{}, byAdministrator, row.Username, row.Attributes)
	if err != nil {
		return refusedRow(err)
	}
	if why, err := rightHash(w, j, row.Hash); err != nil || why != "" {
		return false, why, err
	}
	if why := arrives(p, &u, &row); why != "" {
		return false, why, nil
	}
	u.CreatedAt = i.Now()
	u.ModifiedAt = u.CreatedAt
	if err := i.insertOrTake(w, op, p, &u, false); err != nil {
		return refusedRow(err)
	}
	if row.Hash == "" {
		return false, "", nil
	}
	return false, "", i.putImported(w, &u, row.Hash)
}

// rightHash says why a row's hash is none that the job brings, or "".
func rightHash(r storage.Reader, j *ImportJob, hash string) (string, error) {
	if hash == "" {
		return "", nil
	}
	if cost, err := password.CostOf(hash); err == nil && cost.Kind != j.Algorithm {
		return "the password hash is " + string(cost.Kind) + ", and the import was made for " + string(j.Algorithm), nil
	}
	return refusedHash(r, j.PoolID, hash)
}

// whyNoHash says what is wrong with a hash.
func whyNoHash(err error) string {
	if errors.Is(err, password.ErrCostly) {
		return "the password hash takes more work than is allowed"
	}
	return "the password hash has none of the forms that are known"
}

// arrives decides what becomes of a row's user, or says why nothing does.
func arrives(p *Pool, u *User, row *usercsv.Row) string {
	if u.Status = ResetRequired; row.Hash != "" {
		u.Status = Confirmed
	}
	reachable := func(attribute string) bool { return verified(u, attribute) && u.Attributes[attribute] != "" }
	auto := p.AutoVerifiedAttributes
	if len(auto) == 0 {
		auto = []string{attrEmail, attrPhone}
	}
	if !slices.ContainsFunc(auto, reachable) {
		return strings.Join(auto, " or ") + " must be there, and verified"
	}
	if row.MFA {
		if !reachable(attrPhone) {
			return usercsv.MFA + " wants a verified phone_number"
		}
		u.MFA.Enabled = []Factor{FactorSMS}
	}
	return ""
}

// refusedRow tells refusals, which the report says, from faults.
func refusedRow(err error) (bool, string, error) {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return false, "", err
	}
	why := string(refusal.Code)
	if refusal.Field != "" {
		why += ": " + refusal.Field
	}
	if refusal.Err != nil {
		why += " (" + refusal.Err.Error() + ")"
	}
	return false, why, nil
}

// next drops the part that is done, so that what follows grows into its place.
func (i *Imports) next(ctx context.Context, j *ImportJob, done int) error {
	return i.Store.Update(ctx, func(w storage.Writer) error {
		now, err := i.mine(w, j)
		if err != nil {
			return err
		}
		now.Columns, now.Part, now.Line, now.HeldUntil = j.Columns, j.Part+1, 0, i.Now().Add(importHold)
		if now.Lines == 0 {
			now.Lines = done // nothing but the header so far
		}
		if err := importParts.Delete(w, string(j.PoolID), j.ID, j.Upload, j.Part); err != nil {
			return err
		}
		*j = now
		return importJobs.Put(w, now)
	})
}

// end closes a job.
func (i *Imports) end(ctx context.Context, j *ImportJob, status ImportStatus, message string) error {
	return i.Store.Update(context.WithoutCancel(ctx), func(w storage.Writer) error {
		now, err := i.mine(w, j)
		if err != nil {
			return err
		}
		if now.Status == ImportStopping && status == ImportSucceeded {
			status, message = ImportStopped, "The import was stopped."
		}
		now.Status, now.Message, now.CompletedAt, now.Holder = status, message, i.Now(), ""
		*j = now
		return errors.Join(importJobs.Put(w, now), i.recordJob(ctx, w, &now, "end_user_import"))
	})
}

// dropParts removes what is left of a job's files.
func (i *Imports) dropParts(ctx context.Context, j *ImportJob) error {
	return i.dropWithin(ctx, string(j.PoolID), j.ID)
}
