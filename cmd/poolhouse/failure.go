package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/storage"
	"poolhouse.dev/web/cognito"
)

// The exit codes; `poolhouse help exit-codes` prints them.
const (
	exitOK      = 0
	exitRefused = 1 // the operation was refused or failed
	exitUsage   = 2 // unknown flag or command, or a mistake in the configuration
	exitLocked  = 3 // another process holds the store
	exitStore   = 4 // the store is missing, foreign, damaged or newer than this version
	exitKey     = 5 // the master key is missing or wrong
	exitListen  = 6 // the address cannot be listened on
	exitFolder  = 7 // the data folder cannot be used
)

const exitCodesHelp = `Exit codes:
  0  done
  1  refused or failed; nothing else fits
  2  unknown flag or command, or a mistake in the configuration
  3  another process holds the store
  4  the store is missing, foreign, damaged or from a newer version
  5  the master key is missing or wrong
  6  the address cannot be listened on
  7  the data folder cannot be used`

// failure is an error for the person at the terminal: what happened, why, and
// what to do, one line each.
type failure struct {
	code           int
	what, why, fix string
}

func (f *failure) Error() string { return strings.TrimSuffix(f.what+": "+f.why, ": ") }

// report prints the error and answers the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(w, problems.Error())
		return exitUsage
	}
	f := explain(err)
	fmt.Fprintf(w, "poolhouse: %s\n", f.what)
	if f.why != "" {
		fmt.Fprintf(w, "  why: %s\n", f.why)
	}
	if f.fix != "" {
		fmt.Fprintf(w, "  fix: %s\n", f.fix)
	}
	return f.code
}

// explain turns any error into a failure.
func explain(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if f := explainStore(err); f != nil {
		return f
	}
	var refusal *cognito.Exception
	if errors.As(err, &refusal) {
		return explainRefusal(refusal)
	}
	return &failure{code: exitRefused, what: oneLine(err.Error())}
}

// fixes say what to do about a refusal of the core, by the name it has in the API.
var fixes = map[string]string{
	"AliasExistsException":           "see who holds it: poolhouse user show ADDRESS",
	"InvalidPasswordException":       "choose another; the rules stand under policies.password_policy of the pool",
	"TooManyRequestsException":       "try again in a moment",
	"UnsupportedUserStateException":  "see the user's status: poolhouse user show NAME",
	"UserNotFoundException":          "see who there is: poolhouse user list",
	"UsernameExistsException":        "choose another name, or see the user: poolhouse user show NAME",
	"RequestEntityTooLargeException": "send less: 32 MiB are the most for a configuration with its theme files",
}

func explainRefusal(refusal *cognito.Exception) *failure {
	if refusal.Type == "InternalErrorException" {
		return &failure{exitRefused, "that could not be done", "something failed inside, or the store does not answer", "see the server's log and its /readyz, then try again"}
	}
	fix, ok := fixes[refusal.Type]
	if !ok {
		fix = "see what the command takes with --help"
	}
	what, why := inPlainWords(oneLine(strings.TrimSuffix(refusal.Message, "."))), ""
	// The core gives its reason in brackets.
	if before, after, ok := strings.Cut(what, " ("); ok && strings.HasSuffix(after, ")") {
		what, why = before, strings.TrimSuffix(after, ")")
	}
	return &failure{exitRefused, what, why, fix}
}

// unmodelled is how the API refuses a value that its model does not allow.
var unmodelled = regexp.MustCompile(`^\d+ validation errors? detected: Value (?:'(.*?)' )?at '(\w+)' failed`)

// inPlainWords says which value does not fit, without the grammar of the API.
func inPlainWords(message string) string {
	m := unmodelled.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	name := strings.ToLower(capital.ReplaceAllString(m[2], " $1"))
	if m[1] == "" {
		return "the " + name + " is missing, or not of a kind that it can be"
	}
	what := fmt.Sprintf("%q cannot be the %s", m[1], name)
	if one := among.FindStringSubmatch(message); one != nil {
		what += " (it is one of " + one[1] + ")"
	}
	return what
}

var (
	capital = regexp.MustCompile("([A-Z])")
	among   = regexp.MustCompile(`enum value set: \[(.*?)\]`)
)

// withList sends whoever named what is not there to the list beside the command.
func withList(cmd *cobra.Command, err error) error {
	var refusal *cognito.Exception
	if !errors.As(err, &refusal) || refusal.Type != "ResourceNotFoundException" || !cmd.HasParent() {
		return err
	}
	f := explainRefusal(refusal)
	for _, beside := range cmd.Parent().Commands() {
		if beside.Name() == "list" {
			f.fix = "see which there are: " + beside.CommandPath()
		}
	}
	return f
}

func explainStore(err error) *failure {
	switch {
	case errors.Is(err, storage.ErrConflict):
		return &failure{exitRefused, "the store is too busy", oneLine(err.Error()), "try again in a moment"}
	case errors.Is(err, storage.ErrLocked):
		return lockedFailure("the store")
	case errors.Is(err, storage.ErrNewer):
		return &failure{exitStore, "the store was written by a newer version", oneLine(err.Error()), "run that version or a later one; this one changed nothing"}
	case errors.Is(err, storage.ErrForeign):
		return foreignFailure("the store", err)
	case errors.Is(err, storage.ErrWrongKey):
		return &failure{exitKey, "the master key does not open this store", "the store was sealed with another key",
			"restore the master.key that belongs to it, or name it with --master-key-file; nothing was changed"}
	}
	return nil
}

func lockedFailure(path string) *failure {
	return &failure{exitLocked, path + " is in use", "another process holds it, and only one can",
		"stop the other poolhouse, or choose another folder with --data"}
}

func foreignFailure(path string, err error) *failure {
	return &failure{exitStore, path + " is no Poolhouse store or is damaged", oneLine(err.Error()),
		"restore it from a backup, or move it away to begin with a new store; nothing was changed"}
}

func usage(what, fix string) *failure { return &failure{code: exitUsage, what: what, fix: fix} }

// oneLine keeps messages of other libraries on one line.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
