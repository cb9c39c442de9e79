package cognito

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// importing makes a job and answers it with the address to put its file at.
func (s *rig) importing() (UserImportJob, *url.URL) {
	s.Helper()
	var out ImportResponse
	s.calls(Target+"CreateUserImportJob", CreateUserImportJobRequest{UserPoolID: pool, JobName: "moving", CloudWatchLogsRoleARN: "arn:aws:iam::123456789012:role/logs"}, &out)
	at, err := url.Parse(string(out.UserImportJob.PreSignedURL))
	if err != nil || at.Host != "login.example.test" || at.Query().Get("token") == "" {
		s.Fatalf("%+v", out)
	}
	return out.UserImportJob, at
}

func (s *rig) puts(at *url.URL, body string) int {
	s.Helper()
	req := httptest.NewRequest(http.MethodPut, "http://login.example.test"+at.RequestURI(), strings.NewReader(body))
	rec := httptest.NewRecorder()
	s.public().ServeHTTP(rec, req)
	return rec.Code
}

func (s *rig) header() string {
	s.Helper()
	var out GetCSVHeaderResponse
	s.calls(Target+"GetCSVHeader", OnePool{pool}, &out)
	return strings.Join(out.CSVHeader, ",")
}

// csvLine is a line with username and verified address.
func csvLine(name string) string {
	return ",,,,,,,,," + name + ",true,,,,,,,,,false," + name
}

func TestUsersAreImportedFromAFile(t *testing.T) {
	s := start(t)
	told := 0
	s.handler.Started = func() { told++ }
	job, at := s.importing()
	if job.Status != "Created" || !strings.HasPrefix(job.JobID, "import-") || job.PasswordHashingAlgorithm != "" || job.CloudWatchLogsRoleARN == "" {
		t.Errorf("created %+v", job)
	}
	if status := s.puts(at, s.header()+"\n"+csvLine("ann@example.test")+"\nbroken\n"); status != 200 {
		t.Fatalf("the file is answered %d", status)
	}
	one := OneImport{pool, job.JobID}
	var out ImportResponse
	s.calls(Target+"StartUserImportJob", one, &out)
	if out.UserImportJob.Status != "Pending" || told != 1 {
		t.Errorf("started %+v, told %d times", out, told)
	}
	s.refused("StartUserImportJob", encode(t, one), "PreconditionNotMetException", "the job is Pending")
	if err := s.handler.Imports.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	out = ImportResponse{}
	s.calls(Target+"DescribeUserImportJob", one, &out)
	if j := out.UserImportJob; j.Status != "Succeeded" || j.ImportedUsers != 1 || j.FailedUsers != 1 || j.CompletionDate == nil || j.PreSignedURL != "" || !strings.Contains(j.CompletionMessage, "1 failed") {
		t.Errorf("ended %+v", j)
	}
	var lines ListUserImportLinesResponse
	s.calls(AdminTarget+"ListUserImportLines", ListUserImportLinesRequest{UserPoolID: pool, JobID: job.JobID}, &lines)
	if len(lines.Lines) != 1 || lines.Lines[0].Line != 3 || lines.Lines[0].Outcome != "Failed" {
		t.Errorf("report %+v", lines)
	}
	var u AdminGetUserResponse
	s.calls(Target+"AdminGetUser", OneUser{pool, "ann@example.test"}, &u)
	if u.UserStatus != identity.ResetRequired {
		t.Errorf("imported %+v", u)
	}
	s.refused("StopUserImportJob", encode(t, one), "PreconditionNotMetException", "the job is Succeeded")
	s.refused("DescribeUserImportJob", `{"UserPoolId":"local_main","JobId":"import-x"}`, "ResourceNotFoundException", "Import job")
	s.refused("CreateUserImportJob", `{"UserPoolId":"local_main","JobName":"a","CloudWatchLogsRoleArn":"arn:aws:iam::123456789012:role/l","PasswordHashingAlgorithm":"MD5"}`, "InvalidParameterException", "")
	var hashes ImportResponse
	s.calls(Target+"CreateUserImportJob", CreateUserImportJobRequest{UserPoolID: pool, JobName: "a", CloudWatchLogsRoleARN: "arn:aws:iam::123456789012:role/l", PasswordHashingAlgorithm: "BCRYPT"}, &hashes)
	if hashes.UserImportJob.PasswordHashingAlgorithm != "BCRYPT" {
		t.Errorf("with hashes %+v", hashes)
	}
}

func TestImportsAreListedNewestFirst(t *testing.T) {
	s := start(t)
	for range 3 {
		s.importing()
	}
	var first, last ListUserImportJobsResponse
	s.calls(Target+"ListUserImportJobs", ListUserImportJobsRequest{UserPoolID: pool, MaxResults: 2}, &first)
	s.calls(Target+"ListUserImportJobs", ListUserImportJobsRequest{UserPoolID: pool, MaxResults: 2, PaginationToken: first.PaginationToken}, &last)
	if len(first.UserImportJobs) != 2 || len(last.UserImportJobs) != 1 || last.PaginationToken != "" || strings.Contains(encode(t, first), "token=") {
		t.Errorf("listed %+v, %+v", first, last)
	}
}

func TestAttackTheAddressOfAFile(t *testing.T) {
	s := start(t)
	_, mine := s.importing()
	other, _ := s.importing()
	for name, change := range map[string]func(url.Values){
		"another job": func(q url.Values) { q.Set("job", other.JobID) }, "another secret": func(q url.Values) { q.Set("token", q.Get("token")+"x") },
		"no secret": func(q url.Values) { q.Del("token") }, "no job": func(q url.Values) { q.Del("job") },
	} {
		at := *mine
		q := at.Query()
		change(q)
		if at.RawQuery = q.Encode(); s.puts(&at, "a\n") != http.StatusForbidden {
			t.Errorf("with %s a file is taken", name)
		}
	}
	req := httptest.NewRequest(http.MethodGet, "http://login.example.test"+mine.RequestURI(), nil)
	rec := httptest.NewRecorder()
	if s.public().ServeHTTP(rec, req); rec.Code == http.StatusOK {
		t.Errorf("GET answers %d", rec.Code)
	}
	req = httptest.NewRequest(http.MethodPut, "http://login.example.test"+mine.RequestURI(), strings.NewReader("a"))
	req.ContentLength = identity.MaxImport + 1
	rec = httptest.NewRecorder()
	if s.public().ServeHTTP(rec, req); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a file too large is answered %d", rec.Code)
	}
}

func TestAFileGoesPieceByPiece(t *testing.T) {
	s := start(t)
	job, _ := s.importing()
	in := UploadUserImportRequest{UserPoolID: pool, JobID: job.JobID, Upload: "3b241101-e2bb-4255-8caf-4136c566a962", Lines: []byte(s.header() + "\n")}
	s.calls(AdminTarget+"UploadUserImport", in, nil)
	in.Number, in.Lines, in.Last = 1, []byte(csvLine("ann@example.test")), true
	s.calls(AdminTarget+"UploadUserImport", in, nil)
	s.calls(Target+"StartUserImportJob", OneImport{pool, job.JobID}, nil)
	if err := s.handler.Imports.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	var out ImportResponse
	s.calls(Target+"DescribeUserImportJob", OneImport{pool, job.JobID}, &out)
	if out.UserImportJob.ImportedUsers != 1 {
		t.Errorf("ended %+v", out)
	}
	job, _ = s.importing()
	for _, wrong := range []UploadUserImportRequest{{Upload: "x", Lines: []byte("a")}, {Upload: in.Upload}, {Upload: in.Upload, Number: -1, Lines: []byte("a")}, {Upload: in.Upload, Number: 5000, Lines: []byte("a")}} {
		wrong.UserPoolID, wrong.JobID = pool, job.JobID
		if status, _, answer := s.says(AdminTarget+"UploadUserImport", encode(t, wrong)); status != 400 {
			t.Errorf("%+v: %s", wrong, answer)
		}
	}
}
