package cognito

import (
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
)

// GetCSVHeaderResponse is the output of GetCSVHeader.
type GetCSVHeaderResponse struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	CSVHeader  []string        `json:"CSVHeader"`
}

// CreateUserImportJobRequest is the input of CreateUserImportJob.
type CreateUserImportJobRequest struct {
	UserPoolID               identity.PoolID `json:"UserPoolId"`
	JobName                  string          `json:"JobName"`
	CloudWatchLogsRoleARN    string          `json:"CloudWatchLogsRoleArn"`
	PasswordHashingAlgorithm string          `json:"PasswordHashingAlgorithm,omitempty"` // ARGON2ID, BCRYPT, SCRYPT, PBKDF2_SHA256
}

// OneImport is the input of operations about one import.
type OneImport struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	JobID      string          `json:"JobId"`
}

// UserImportJob is UserImportJobType.
type UserImportJob struct {
	JobName                  string                `json:"JobName"`
	JobID                    string                `json:"JobId"`
	UserPoolID               identity.PoolID       `json:"UserPoolId"`
	PreSignedURL             Secret                `json:"PreSignedUrl,omitempty"` // when it is created, and then never again
	CreationDate             *Timestamp            `json:"CreationDate,omitempty"`
	StartDate                *Timestamp            `json:"StartDate,omitempty"`
	CompletionDate           *Timestamp            `json:"CompletionDate,omitempty"`
	Status                   identity.ImportStatus `json:"Status"`
	CloudWatchLogsRoleARN    string                `json:"CloudWatchLogsRoleArn,omitempty"`
	ImportedUsers            int                   `json:"ImportedUsers"`
	SkippedUsers             int                   `json:"SkippedUsers"`
	FailedUsers              int                   `json:"FailedUsers"`
	CompletionMessage        string                `json:"CompletionMessage,omitempty"`
	PasswordHashingAlgorithm string                `json:"PasswordHashingAlgorithm,omitempty"`
}

// ImportResponse is the output of operations about one import.
type ImportResponse struct {
	UserImportJob UserImportJob `json:"UserImportJob"`
}

// ListUserImportJobsRequest is the input of ListUserImportJobs.
type ListUserImportJobsRequest struct {
	UserPoolID      identity.PoolID `json:"UserPoolId"`
	MaxResults      int             `json:"MaxResults"`
	PaginationToken string          `json:"PaginationToken,omitempty"`
}

// ListUserImportJobsResponse is its output, newest first.
type ListUserImportJobsResponse struct {
	UserImportJobs  []UserImportJob `json:"UserImportJobs"`
	PaginationToken string          `json:"PaginationToken,omitempty"`
}

// UploadUserImportRequest is the input of UploadUserImport: a piece of the file, of
// whole lines, for whoever cannot reach PreSignedUrl.
type UploadUserImportRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	JobID      string          `json:"JobId"`
	Upload     string          `json:"Upload"` // a UUID of the sender's, the same for each piece
	Number     int             `json:"Number"` // from 0
	Lines      []byte          `json:"Lines"`  // at most 256 KiB
	Last       bool            `json:"Last,omitempty"`
}

// ListUserImportLinesRequest is the input of ListUserImportLines.
type ListUserImportLinesRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	JobID      string          `json:"JobId"`
	Limit      int             `json:"Limit,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListUserImportLinesResponse is its output: the lines that made no user.
type ListUserImportLinesResponse struct {
	Lines     []ImportLine `json:"Lines"`
	NextToken string       `json:"NextToken,omitempty"`
}

// ImportLine says why a line of the file made no user.
type ImportLine struct {
	Line    int    `json:"Line"`
	Outcome string `json:"Outcome"` // Skipped: its user is there already; Failed
	Reason  string `json:"Reason"`
}

// DescribeImportedHashesResponse is the output of DescribeImportedHashes: how many hashes from
// elsewhere are left, of each kind that there is.
type DescribeImportedHashesResponse struct {
	Hashes map[password.Kind]int `json:"Hashes"`
}

// EndImportedHashesResponse is the output of EndImportedHashes, which is called until it
// is 0.
type EndImportedHashesResponse struct {
	Ended int `json:"Ended"`
}
