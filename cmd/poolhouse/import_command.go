package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) importCommand() *cobra.Command {
	return inPool(group("import", "Users from a CSV file: header, run, list, report, stop, hashes, end-hashes",
		a.importHeader(), a.importRun(), a.importList(), a.importReport(), a.importStop(), a.importHashes(), a.importEndHashes()))
}

func (a *app) importHeader() *cobra.Command {
	return reading(&cobra.Command{
		Use: "header", Short: "Print the first line that a file must have", Args: none, Example: "poolhouse import header > users.csv",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.GetCSVHeaderResponse
			if err := c.cognito(cmd.Context(), "GetCSVHeader", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.CSVHeader, func(w io.Writer) { fmt.Fprintln(w, strings.Join(out.CSVHeader, ",")) })
		}),
	})
}

func (a *app) importRun() *cobra.Command {
	cmd := &cobra.Command{
		Use: "run FILE", Short: "Import the users of a file, and wait for the end", Args: exactly("FILE"), Example: "poolhouse import run users.csv",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return usage("cannot read "+args[0], "name a file that is there and may be read")
			}
			defer file.Close()
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "import the users of %s into %s", args[0], pool)
			}
			if !c.running {
				return &failure{exitRefused, "no server is running", "imports are its work", "start it: poolhouse serve"}
			}
			algorithm, _ := cmd.Flags().GetString("hashes")
			job, err := c.startImport(cmd.Context(), pool, file, algorithm)
			if err == nil {
				job, err = c.awaitImport(cmd.Context(), job)
			}
			if err != nil {
				return err
			}
			return a.imported(cmd, job)
		}),
	}
	cmd.Flags().String("hashes", "", "the file has password hashes of this `KIND`: ARGON2ID, BCRYPT, SCRYPT, PBKDF2_SHA256")
	return writing(cmd)
}

// startImport makes a job, hands it the file and starts it.
func (c *caller) startImport(ctx context.Context, pool identity.PoolID, file io.Reader, algorithm string) (cognito.UserImportJob, error) {
	var made cognito.ImportResponse
	err := c.cognito(ctx, "CreateUserImportJob", cognito.CreateUserImportJobRequest{
		UserPoolID: pool, JobName: "poolhouse import", CloudWatchLogsRoleARN: "arn:aws:iam::000000000000:role/none", PasswordHashingAlgorithm: algorithm,
	}, &made)
	job := made.UserImportJob
	if err == nil {
		err = c.sendImport(ctx, job, file)
	}
	if err == nil {
		err = c.cognito(ctx, "StartUserImportJob", cognito.OneImport{UserPoolID: pool, JobID: job.JobID}, &made)
	}
	return job, err
}

// sendImport sends the file in pieces of whole lines. Each waits for the next one, as
// the last must say that it is.
func (c *caller) sendImport(ctx context.Context, job cognito.UserImportJob, file io.Reader) error {
	in := cognito.UploadUserImportRequest{UserPoolID: job.UserPoolID, JobID: job.JobID, Upload: uuid.NewString()}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, identity.MaxImportPiece)
	for lines.Scan() {
		if len(in.Lines)+len(lines.Bytes())+1 > identity.MaxImportPiece {
			if err := c.house(ctx, "UploadUserImport", in, nil); err != nil {
				return err
			}
			in.Number, in.Lines = in.Number+1, nil
		}
		in.Lines = append(append(in.Lines, lines.Bytes()...), '\n')
	}
	if lines.Err() != nil {
		return usage("a line of the file is too long", "it has more than 16000 characters: mend it")
	}
	in.Last = true
	return c.house(ctx, "UploadUserImport", in, nil)
}

// awaitImport looks again until the job is over.
func (c *caller) awaitImport(ctx context.Context, job cognito.UserImportJob) (cognito.UserImportJob, error) {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		var out cognito.ImportResponse
		err := c.cognito(ctx, "DescribeUserImportJob", cognito.OneImport{UserPoolID: job.UserPoolID, JobID: job.JobID}, &out)
		if now := (identity.ImportJob{Status: out.UserImportJob.Status}); err != nil || now.Over() {
			return out.UserImportJob, err
		}
		select {
		case <-ctx.Done():
			return job, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// imported says how an import ended.
func (a *app) imported(cmd *cobra.Command, job cognito.UserImportJob) error {
	err := a.show(cmd, job, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %d imported, %d skipped, %d failed.\n", job.Status, job.ImportedUsers, job.SkippedUsers, job.FailedUsers)
		if job.SkippedUsers+job.FailedUsers > 0 {
			fmt.Fprintf(w, "Which and why: poolhouse import report %s\n", job.JobID)
		}
	})
	if err == nil && job.Status != identity.ImportSucceeded {
		err = &failure{exitRefused, "the import " + strings.ToLower(string(job.Status)), job.CompletionMessage, "mend what it says, then run it again: who is there already is skipped"}
	}
	return err
}

func (a *app) importList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List imports, the newest first", Args: none, Example: "poolhouse import list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.ListUserImportJobsResponse
			if err := c.cognito(cmd.Context(), "ListUserImportJobs", cognito.ListUserImportJobsRequest{UserPoolID: pool, MaxResults: 60}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.UserImportJobs, func(w io.Writer) {
				var rows [][]string
				for _, j := range out.UserImportJobs {
					rows = append(rows, []string{j.JobID, string(j.Status), created(j.CreationDate), strconv.Itoa(j.ImportedUsers), strconv.Itoa(j.SkippedUsers), strconv.Itoa(j.FailedUsers), j.CompletionMessage})
				}
				table(w, "No import.", []string{"JOB", "STATUS", "MADE", "IMPORTED", "SKIPPED", "FAILED", "MESSAGE"}, rows)
			})
		}),
	})
}

func (a *app) importReport() *cobra.Command {
	return reading(&cobra.Command{
		Use: "report JOB", Short: "List the lines of a file that made no user, and why", Args: exactly("JOB"),
		Example: "poolhouse import report import-3b241101-e2bb-4255-8caf-4136c566a962",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			in, all := cognito.ListUserImportLinesRequest{UserPoolID: pool, JobID: args[0]}, []cognito.ImportLine{}
			for first := true; first || in.NextToken != ""; first = false {
				var out cognito.ListUserImportLinesResponse
				if err := c.house(cmd.Context(), "ListUserImportLines", in, &out); err != nil {
					return err
				}
				all, in.NextToken = append(all, out.Lines...), out.NextToken
			}
			return a.show(cmd, all, func(w io.Writer) {
				var rows [][]string
				for _, l := range all {
					rows = append(rows, []string{strconv.Itoa(l.Line), l.Outcome, l.Reason})
				}
				table(w, "Every line made a user, as far as the import has come.", []string{"LINE", "OUTCOME", "REASON"}, rows)
			})
		}),
	})
}

func (a *app) importStop() *cobra.Command {
	return writing(&cobra.Command{
		Use: "stop JOB", Short: "Stop an import where it is; who was imported stays", Args: exactly("JOB"),
		Example: "poolhouse import stop import-3b241101-e2bb-4255-8caf-4136c566a962",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "stop the import %s", args[0])
			}
			if err := c.cognito(cmd.Context(), "StopUserImportJob", cognito.OneImport{UserPoolID: pool, JobID: args[0]}, nil); err != nil {
				return err
			}
			return a.did(cmd, "Stopped the import %s", args[0])
		}),
	})
}
