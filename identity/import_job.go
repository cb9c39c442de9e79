package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/usercsv"
	"poolhouse.dev/storage"
)

// ImportStatus is the state of an import (Cognito UserImportJobStatusType).
type ImportStatus string

// The states of an import.
const (
	ImportCreated    ImportStatus = "Created"
	ImportPending    ImportStatus = "Pending"
	ImportInProgress ImportStatus = "InProgress"
	ImportStopping   ImportStatus = "Stopping"
	ImportExpired    ImportStatus = "Expired"
	ImportStopped    ImportStatus = "Stopped"
	ImportFailed     ImportStatus = "Failed"
	ImportSucceeded  ImportStatus = "Succeeded"
)

// Bounds of imports. Cognito has the same, but that a job expires there after 24 to
// 48 hours.
const (
	MaxImport     = 100 << 20 // bytes of a file
	maxImportRows = 500_000
	maxImportJobs = 1000 // in a pool
	importWait    = 24 * time.Hour
	uploadLife    = 15 * time.Minute
	maxUploads    = 5 // of files for a job, those that did not arrive whole among them
)

// ImportJob brings users from a file (Cognito UserImportJobType).
type ImportJob struct {
	PoolID  PoolID `json:"user_pool_id"`
	ID      string `json:"job_id"`
	Name    string `json:"job_name"`
	RoleARN string `json:"cloud_watch_logs_role_arn,omitempty"`
	// Algorithm is how the hashes were made that the file brings, "" for none.
	Algorithm   password.Kind `json:"password_hashing_algorithm,omitempty"`
	Status      ImportStatus  `json:"status"`
	Imported    int           `json:"imported_users"`
	Skipped     int           `json:"skipped_users"`
	Failed      int           `json:"failed_users"`
	Message     string        `json:"completion_message,omitempty"`
	CreatedAt   time.Time     `json:"creation_date"`
	StartedAt   time.Time     `json:"start_date,omitzero"`
	CompletedAt time.Time     `json:"completion_date,omitzero"`

	// Token is the hash of what lets its holder send the file, until UploadUntil.
	Token       string    `json:"token,omitempty"`
	UploadUntil time.Time `json:"upload_until,omitzero"`
	// Upload is the file that counts, "" for none yet, in so many Parts.
	Upload string `json:"upload,omitempty"`
	Parts  int    `json:"parts,omitempty"`
	// Receiving is the file that arrives, of which ReceivedParts and Received bytes are
	// here; Uploads counts all that began to.
	Receiving     string `json:"receiving,omitempty"`
	ReceivedParts int    `json:"received_parts,omitempty"`
	Received      int    `json:"received,omitempty"`
	Uploads       int    `json:"uploads,omitempty"`
	// Columns are read from its first line; Part and Line are how far it has come: the
	// part that is next, and the lines of it that are done. Lines counts all of the file.
	Columns []string `json:"columns,omitempty"`
	Part    int      `json:"part,omitempty"`
	Line    int      `json:"line,omitempty"`
	Lines   int      `json:"lines,omitempty"`
	// Holder works on it until HeldUntil; whoever finds that passed takes over.
	Holder    string    `json:"holder,omitempty"`
	HeldUntil time.Time `json:"held_until,omitzero"`
}

// active says that the job is being worked on, or waits for it.
func (j *ImportJob) active() bool {
	return j.Status == ImportPending || j.Status == ImportInProgress || j.Status == ImportStopping
}

// Over says that nothing more becomes of the job.
func (j *ImportJob) Over() bool { return !j.active() && j.Status != ImportCreated }

var importJobs = storage.Collection[ImportJob]{
	Name: "import_job", Format: 1,
	ID: func(j *ImportJob) []any { return []any{string(j.PoolID), j.ID} },
	Indexes: []storage.Index[ImportJob]{
		{Name: "created", Of: func(j *ImportJob) []any { return []any{string(j.PoolID), j.CreatedAt} }},
		{Name: "open", Of: func(j *ImportJob) []any {
			if j.Over() {
				return nil
			}
			return []any{j.CreatedAt}
		}},
	},
}

// importPart is a piece of a file: whole lines, compressed.
type importPart struct {
	PoolID PoolID    `json:"user_pool_id"`
	Job    string    `json:"job_id"`
	Upload string    `json:"upload"`
	Number int       `json:"number"`
	Lines  []byte    `json:"lines"`
	At     time.Time `json:"at"`
}

var importParts = storage.Collection[importPart]{
	Name: "import_part", Format: 1,
	ID: func(p *importPart) []any { return []any{string(p.PoolID), p.Job, p.Upload, p.Number} },
	Indexes: []storage.Index[importPart]{
		{Name: "at", Of: func(p *importPart) []any { return []any{p.At} }},
	},
}

// ImportLine says why a line of a file made no user.
type ImportLine struct {
	PoolID  PoolID    `json:"user_pool_id"`
	Job     string    `json:"job_id"`
	Line    int       `json:"line"`              // the header is line 1
	Skipped bool      `json:"skipped,omitempty"` // its user is there already; else it failed
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

var importLines = storage.Collection[ImportLine]{
	Name: "import_line", Format: 1,
	ID:      func(l *ImportLine) []any { return []any{string(l.PoolID), l.Job, l.Line} },
	Indexes: []storage.Index[ImportLine]{{Name: "at", Of: func(l *ImportLine) []any { return []any{l.At} }}},
}

// Imports brings users from files (Cognito's import jobs).
type Imports struct{ *Core }

// importColumns are the columns of a pool's files.
func importColumns(p *Pool) []string {
	var custom []string
	for _, a := range p.Schema {
		if !slices.Contains(standardAttributes, a.Name) && a.Name != attrSub {
			custom = append(custom, customPrefix+strings.TrimPrefix(a.Name, customPrefix))
		}
	}
	return usercsv.Header(custom)
}

// Header answers the columns that a file for the pool must have, in any order.
func (i *Imports) Header(ctx context.Context, pool PoolID) ([]string, error) {
	p, _, err := i.open(ctx, "Imports.Header", pool, "")
	return importColumns(&p), err
}

// Create makes a job, and answers the secret that lets its holder send the file within
// a quarter of an hour. InvalidParameter names a member; TooManyAttempts says that the
// pool has as many jobs as it may.
func (i *Imports) Create(ctx context.Context, in ImportJob) (job ImportJob, secret string, err error) {
	const op = "Imports.Create"
	if in.Algorithm != "" && !slices.Contains(password.Kinds, in.Algorithm) {
		return in, "", &Error{Code: InvalidParameter, Op: op, Field: "PasswordHashingAlgorithm", Err: fmt.Errorf("takes %v", password.Kinds)}
	}
	secret = otp.NewToken()
	job = ImportJob{
		PoolID: in.PoolID, ID: "import-" + uuid.NewString(), Name: in.Name, RoleARN: in.RoleARN, Algorithm: in.Algorithm, Status: ImportCreated,
		CreatedAt: i.Now(), Token: hashOf(secret), UploadUntil: i.Now().Add(uploadLife),
	}
	err = i.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := i.reopen(w, op, in.PoolID, ""); err != nil {
			return nil, err
		}
		if room, err := makeImportRoom(w, in.PoolID); err != nil || !room {
			return &Error{Code: TooManyAttempts, Op: op, Limit: "import_jobs"}, err
		}
		return nil, errors.Join(importJobs.Insert(w, job), i.recordJob(ctx, w, &job, "create_user_import"))
	})
	return job, secret, err
}

// makeImportRoom lets a pool have one more job; the oldest that is over goes for it.
func makeImportRoom(w storage.Writer, pool PoolID) (bool, error) {
	all, err := importJobs.List(w, storage.Page{Index: "created", Prefix: []any{string(pool)}})
	if err != nil || len(all) < maxImportJobs {
		return err == nil, err
	}
	oldest := slices.IndexFunc(all, func(j ImportJob) bool { return j.Over() })
	if oldest < 0 {
		return false, nil
	}
	return true, importJobs.Delete(w, string(pool), all[oldest].ID)
}

func (c *Core) recordJob(ctx context.Context, w storage.Writer, j *ImportJob, action string) error {
	d := adminDeed(ctx, action)
	detail := map[string]string{"job": j.ID, "status": string(j.Status)}
	for name, value := range d.Detail {
		detail[name] = value
	}
	return audit.Write(w, c.event(d.Action, audit.OK, attempt{PoolID: j.PoolID}, Origin{}, func(e *audit.Event) { e.Detail = detail }))
}

func (i *Imports) get(r storage.Reader, op string, pool PoolID, id string) (ImportJob, error) {
	j, err := importJobs.Get(r, string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return j, refuse(op, ResourceNotFound)
	}
	return j, err
}

// Job answers one job.
func (i *Imports) Job(ctx context.Context, pool PoolID, id string) (j ImportJob, err error) {
	err = i.Store.View(ctx, func(r storage.Reader) (err error) {
		j, err = i.get(r, "Imports.Job", pool, id)
		return err
	})
	return j, err
}

// Jobs lists a pool's jobs, the newest first. next is nil at the end.
func (i *Imports) Jobs(ctx context.Context, pool PoolID, page Page) (list []ImportJob, next []byte, err error) {
	const op = "Imports.Jobs"
	err = i.Store.View(ctx, func(r storage.Reader) error {
		if _, _, err := i.reopen(r, op, pool, ""); err != nil {
			return err
		}
		of := page.of("created", string(pool))
		of.Reverse = true
		list, next, err = importJobs.ListPage(r, of)
		return badCursor(op, err)
	})
	return list, next, err
}

// Report lists the lines of a job that made no user, in the file's order.
func (i *Imports) Report(ctx context.Context, pool PoolID, id string, page Page) (list []ImportLine, next []byte, err error) {
	const op = "Imports.Report"
	err = i.Store.View(ctx, func(r storage.Reader) error {
		if _, err := i.get(r, op, pool, id); err != nil {
			return err
		}
		list, next, err = importLines.ListPage(r, page.of("", string(pool), id))
		return badCursor(op, err)
	})
	return list, next, err
}

// Start lets a job begin. InvalidState says that it is not waiting for that, that no
// file was sent, or that another one of the pool is on its way.
func (i *Imports) Start(ctx context.Context, pool PoolID, id string) (ImportJob, error) {
	const op = "Imports.Start"
	return i.change(ctx, op, pool, id, "start_user_import", func(w storage.Writer, j *ImportJob) (*Error, error) {
		open, err := importJobs.List(w, storage.Page{Index: "open"})
		if err != nil {
			return nil, err
		}
		why := ""
		switch {
		case j.Status != ImportCreated:
			why = "the job is " + string(j.Status)
		case j.Upload == "":
			why = "no file was sent"
		case slices.ContainsFunc(open, func(other ImportJob) bool { return other.PoolID == pool && other.active() }):
			why = "another import of this pool is on its way"
		}
		if why != "" {
			return &Error{Code: InvalidState, Op: op, Field: "job", Err: errors.New(why)}, nil
		}
		j.Status, j.Token = ImportPending, ""
		return nil, nil
	})
}

// Stop ends a job where it is; who has been imported stays. InvalidState says that it
// is not on its way.
func (i *Imports) Stop(ctx context.Context, pool PoolID, id string) (ImportJob, error) {
	const op = "Imports.Stop"
	return i.change(ctx, op, pool, id, "stop_user_import", func(_ storage.Writer, j *ImportJob) (*Error, error) {
		if !j.active() {
			return &Error{Code: InvalidState, Op: op, Field: "job", Err: errors.New("the job is " + string(j.Status))}, nil
		}
		j.Status = ImportStopping
		return nil, nil
	})
}

func (i *Imports) change(ctx context.Context, op string, pool PoolID, id, action string, fn func(storage.Writer, *ImportJob) (*Error, error)) (j ImportJob, err error) {
	err = i.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		if j, err = i.get(w, op, pool, id); err != nil {
			return nil, err
		}
		if failed, err = fn(w, &j); err != nil || failed != nil {
			return failed, err
		}
		return nil, errors.Join(importJobs.Put(w, j), i.recordJob(ctx, w, &j, action))
	})
	return j, err
}
