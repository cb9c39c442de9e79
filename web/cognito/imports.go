package cognito

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/web"
)

// uploadPath is where the file of an import is put.
const uploadPath = "/import"

// uploadTime is how long a file may take to arrive.
const uploadTime = 10 * time.Minute

func importOf(j *identity.ImportJob) UserImportJob {
	return UserImportJob{
		JobName: j.Name, JobID: j.ID, UserPoolID: j.PoolID, CreationDate: stamp(j.CreatedAt), StartDate: stamp(j.StartedAt), CompletionDate: stamp(j.CompletedAt),
		Status: j.Status, CloudWatchLogsRoleARN: j.RoleARN, ImportedUsers: j.Imported, SkippedUsers: j.Skipped, FailedUsers: j.Failed,
		CompletionMessage: j.Message, PasswordHashingAlgorithm: string(j.Algorithm),
	}
}

// importRefusal says in Cognito's names why an import does not do what it is told.
func importRefusal(err error) error {
	var refusal *identity.Error
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.Code {
	case identity.InvalidState:
		why := "the job's state does not allow this"
		if refusal.Err != nil {
			why = refusal.Err.Error()
		}
		return exception("PreconditionNotMetException", "Not now: "+why+".")
	case identity.TooManyAttempts:
		if refusal.Limit == "import_uploads" {
			return exception("LimitExceededException", "As many files were sent for the import job as may be. Create another one.")
		}
		return exception("LimitExceededException", "The user pool has as many import jobs as it may.")
	case identity.ResourceNotFound:
		return exception("ResourceNotFoundException", "Import job does not exist.")
	}
	return err
}

func (h *Handler) getCSVHeader(ctx context.Context, in OnePool) (GetCSVHeaderResponse, error) {
	columns, err := h.Imports.Header(ctx, in.UserPoolID)
	return GetCSVHeaderResponse{UserPoolID: in.UserPoolID, CSVHeader: columns}, err
}

func (h *Handler) createUserImportJob(ctx context.Context, in CreateUserImportJobRequest) (ImportResponse, error) {
	made, secret, err := h.Imports.Create(ctx, identity.ImportJob{
		PoolID: in.UserPoolID, Name: in.JobName, RoleARN: in.CloudWatchLogsRoleARN, Algorithm: password.Kind(in.PasswordHashingAlgorithm),
	})
	if err != nil {
		return ImportResponse{}, importRefusal(err)
	}
	out := importOf(&made)
	out.PreSignedURL = Secret(h.URL(in.UserPoolID) + uploadPath + "?" + url.Values{"job": {made.ID}, "token": {secret}}.Encode())
	return ImportResponse{out}, nil
}

func (h *Handler) describeUserImportJob(ctx context.Context, in OneImport) (ImportResponse, error) {
	found, err := h.Imports.Job(ctx, in.UserPoolID, in.JobID)
	return ImportResponse{importOf(&found)}, importRefusal(err)
}

func (h *Handler) startUserImportJob(ctx context.Context, in OneImport) (ImportResponse, error) {
	started, err := h.Imports.Start(ctx, in.UserPoolID, in.JobID)
	if err == nil && h.Started != nil {
		h.Started()
	}
	return ImportResponse{importOf(&started)}, importRefusal(err)
}

func (h *Handler) stopUserImportJob(ctx context.Context, in OneImport) (ImportResponse, error) {
	stopped, err := h.Imports.Stop(ctx, in.UserPoolID, in.JobID)
	return ImportResponse{importOf(&stopped)}, importRefusal(err)
}

func (h *Handler) listUserImportJobs(ctx context.Context, in ListUserImportJobsRequest) (ListUserImportJobsResponse, error) {
	out := ListUserImportJobsResponse{UserImportJobs: []UserImportJob{}}
	list := listing{operation: "ListUserImportJobs", pool: in.UserPoolID, member: "PaginationToken"}
	page, err := h.pageAt(list, in.MaxResults, in.PaginationToken)
	if err != nil {
		return out, err
	}
	found, next, err := h.Imports.Jobs(ctx, in.UserPoolID, page)
	for i := range found {
		out.UserImportJobs = append(out.UserImportJobs, importOf(&found[i]))
	}
	out.PaginationToken = h.pageFrom(list, next)
	return out, err
}

func (h *Handler) listUserImportLines(ctx context.Context, in ListUserImportLinesRequest) (ListUserImportLinesResponse, error) {
	out := ListUserImportLinesResponse{Lines: []ImportLine{}}
	list := listing{operation: "ListUserImportLines", pool: in.UserPoolID, asked: []string{in.JobID}, member: "NextToken"}
	page, err := h.pageAt(list, in.Limit, in.NextToken)
	if err != nil {
		return out, err
	}
	found, next, err := h.Imports.Report(ctx, in.UserPoolID, in.JobID, page)
	for _, l := range found {
		one := ImportLine{Line: l.Line, Outcome: "Failed", Reason: l.Reason}
		if l.Skipped {
			one.Outcome = "Skipped"
		}
		out.Lines = append(out.Lines, one)
	}
	out.NextToken = h.pageFrom(list, next)
	return out, importRefusal(err)
}

func (h *Handler) uploadUserImport(ctx context.Context, in UploadUserImportRequest) (done, error) {
	return done{}, importRefusal(h.Imports.UploadPiece(ctx, in.UserPoolID, in.JobID, in.Upload, in.Number, in.Lines, in.Last))
}

// upload takes the file of an import from whoever has its PreSignedUrl.
func (h *Handler) upload(r *web.Request) error {
	job, err := h.Imports.Uploader(r.HTTP().Context(), r.Pool.ID, r.Arg("job"), r.Arg("token"))
	if code, refused := identity.CodeOf(err); refused && code == identity.NotAllowed {
		return &web.Refusal{Status: http.StatusForbidden, Message: "not_found"}
	}
	if err != nil {
		return err
	}
	if r.HTTP().ContentLength > identity.MaxImport {
		return &web.Refusal{Status: http.StatusRequestEntityTooLarge, Message: "too_large"}
	}
	r.Patient(uploadTime)
	err = h.Imports.Upload(r.HTTP().Context(), job.PoolID, job.ID, r.HTTP().Body)
	switch code, _ := identity.CodeOf(err); code {
	case identity.InvalidParameter:
		return &web.Refusal{Status: http.StatusRequestEntityTooLarge, Message: "too_large"}
	case identity.InvalidState, identity.TooManyAttempts:
		return &web.Refusal{Status: http.StatusForbidden, Message: "not_found"}
	}
	if err != nil {
		return err
	}
	return r.Empty(http.StatusOK)
}

func (h *Handler) describeImportedHashes(ctx context.Context, in OnePool) (DescribeImportedHashesResponse, error) {
	left, err := h.Imports.HashesLeft(ctx, in.UserPoolID)
	return DescribeImportedHashesResponse{left}, importRefusal(err)
}

func (h *Handler) endImportedHashes(ctx context.Context, in OnePool) (EndImportedHashesResponse, error) {
	ended, err := h.Imports.EndHashes(ctx, in.UserPoolID)
	return EndImportedHashesResponse{ended}, importRefusal(err)
}
