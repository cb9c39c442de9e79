// Package usercsv reads the files that users are imported from, as Amazon Cognito
// has them: UTF-8, one line a user, no quotes, a comma inside a value behind a
// backslash (developer guide, "Importing users from a CSV file").
package usercsv

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Columns that are no attributes.
const (
	Username = "cognito:username"
	MFA      = "cognito:mfa_enabled"
	// PasswordHash is our own: Cognito has published no name for the column that its
	// PasswordHashingAlgorithm speaks of.
	PasswordHash = "cognito:password_hash"
)

// MaxLine is how many characters a line may have (Cognito).
const MaxLine = 16_000

// standard are the columns of every pool, in Cognito's order.
var standard = []string{
	"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
	"email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified",
	"address", "updated_at", MFA, Username,
}

// Header answers the columns of a pool with these custom attributes.
func Header(custom []string) []string { return append(slices.Clone(standard), custom...) }

var (
	errQuotes = errors.New("values stand without quotes")
	errLong   = fmt.Errorf("the line has more than %d characters", MaxLine)
	errText   = errors.New("the line is not UTF-8")
)

// Columns reads the first line of a file: every one of want in any order, and the
// optional ones at will.
func Columns(line string, want, optional []string) ([]string, error) {
	if strings.HasPrefix(line, "\ufeff") {
		return nil, errors.New("the file begins with a byte order mark; save it as UTF-8 without one")
	}
	columns, err := Fields(line)
	if err != nil {
		return nil, err
	}
	for i, name := range columns {
		switch {
		case slices.Contains(columns[:i], name):
			return nil, fmt.Errorf("the column %s stands twice", name)
		case !slices.Contains(want, name) && !slices.Contains(optional, name):
			return nil, fmt.Errorf("the pool has no column %s", name)
		}
	}
	for _, name := range want {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("the column %s is missing", name)
		}
	}
	return columns, nil
}

// Fields splits a line. White space around values does not count.
func Fields(line string) ([]string, error) {
	line = strings.TrimSuffix(line, "\r")
	switch {
	case len(line) > MaxLine*utf8.UTFMax || utf8.RuneCountInString(line) > MaxLine:
		return nil, errLong
	case !utf8.ValidString(line):
		return nil, errText
	}
	var fields []string
	var value strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == ',':
			value.WriteByte(',')
			i++
		case line[i] == ',':
			fields = append(fields, strings.TrimSpace(value.String()))
			value.Reset()
		default:
			value.WriteByte(line[i])
		}
	}
	fields = append(fields, strings.TrimSpace(value.String()))
	if slices.ContainsFunc(fields, func(f string) bool { return len(f) > 1 && f[0] == '"' && f[len(f)-1] == '"' }) {
		return nil, errQuotes
	}
	return fields, nil
}

// Row is one user of a file.
type Row struct {
	Username   string
	MFA        bool // codes by SMS at each sign-in
	Hash       string
	Attributes map[string]string // without the empty ones
}

// Read reads the line of one user.
func Read(columns []string, line string) (Row, error) {
	fields, err := Fields(line)
	if err != nil {
		return Row{}, err
	}
	if len(fields) != len(columns) {
		return Row{}, fmt.Errorf("the line has %d values, and the header %d columns", len(fields), len(columns))
	}
	row := Row{Attributes: map[string]string{}}
	for i, name := range columns {
		if err := row.take(name, fields[i]); err != nil {
			return Row{}, err
		}
	}
	switch {
	case row.Username == "":
		return Row{}, errors.New(Username + " is missing")
	case strings.ContainsAny(row.Username, " \t"):
		return Row{}, errors.New(Username + " has a space in it")
	}
	return row, nil
}

func (r *Row) take(name, value string) error {
	var err error
	switch name {
	case Username:
		r.Username = value
		return nil
	case PasswordHash:
		r.Hash = value
		return nil
	case MFA:
		r.MFA, err = truth(name, value)
		return err
	case "email_verified", "phone_number_verified":
		if value != "" {
			_, err = truth(name, value)
			value = strings.ToLower(value)
		}
	case "birthdate":
		if value != "" {
			value, err = date(value)
		}
	}
	if err == nil && value != "" {
		r.Attributes[name] = value
	}
	return err
}

func truth(name, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%s is true or false", name)
}

// date turns mm/dd/yyyy into yyyy-mm-dd, as the attribute is kept.
func date(value string) (string, error) {
	at, err := time.Parse("01/02/2006", value)
	if err != nil {
		return "", errors.New("birthdate is written as mm/dd/yyyy")
	}
	return at.Format(time.DateOnly), nil
}
