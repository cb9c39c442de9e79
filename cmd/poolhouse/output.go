package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// reading adds what every command that reads has.
func reading(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// writing adds what every command that changes something has. --yes is taken by
// all of them, so that a script can always pass it.
func writing(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Bool("dry-run", false, "say what would be done, and do nothing")
	cmd.Flags().Bool("yes", false, "do not ask")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func isSet(cmd *cobra.Command, name string) bool {
	on, _ := cmd.Flags().GetBool(name)
	return on
}

// show prints JSON when it was asked for, and otherwise what text prints.
func (a *app) show(cmd *cobra.Command, value any, text func(io.Writer)) error {
	if isSet(cmd, "json") {
		encoder := json.NewEncoder(a.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(value)
	}
	text(a.out)
	return nil
}

// table prints rows in columns; without rows it says so.
func table(w io.Writer, none string, header []string, rows [][]string) {
	if len(rows) == 0 {
		fmt.Fprintln(w, none)
		return
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush()
}

// printable keeps control characters in other people's words from the terminal.
func printable(text string) string {
	if text == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, text)
}

func when(t time.Time) string {
	if t.IsZero() || t.Unix() == 0 {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// would says what a dry run leaves undone.
func (a *app) would(cmd *cobra.Command, format string, args ...any) error {
	text := "Would " + fmt.Sprintf(format, args...)
	return a.show(cmd, map[string]any{"dry_run": true, "message": text}, func(w io.Writer) {
		fmt.Fprintln(w, text+". Nothing was changed.")
	})
}

// did says what was done.
func (a *app) did(cmd *cobra.Command, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return a.show(cmd, map[string]any{"message": text}, func(w io.Writer) { fmt.Fprintln(w, text+".") })
}

// confirm asks before something is taken away. Where nobody can answer, --yes must be given.
func (a *app) confirm(cmd *cobra.Command, question string) error {
	if isSet(cmd, "yes") || isSet(cmd, "dry-run") {
		return nil
	}
	if !isTerminal(a.in) {
		return usage(question+"? That needs a yes", "add --yes")
	}
	fmt.Fprintf(a.errs, "%s? Type yes: ", question)
	line, _ := bufio.NewReader(a.in).ReadString('\n')
	if strings.TrimSpace(line) != "yes" {
		return &failure{code: exitRefused, what: "not confirmed; nothing was changed"}
	}
	return nil
}

// password reads a password: from standard input with --password-stdin, or
// typed at a terminal. It never comes from the command line, where every other
// user of the machine can read it.
func (a *app) password(cmd *cobra.Command) (string, error) {
	if isSet(cmd, "password-stdin") {
		text, err := io.ReadAll(io.LimitReader(a.in, 4096))
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	file, ok := a.in.(*os.File)
	if !ok || !isTerminal(a.in) {
		return "", usage("a password is needed and nobody can type one here", "pipe it in and add --password-stdin")
	}
	fmt.Fprint(a.errs, "Password: ")
	text, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(a.errs)
	return string(text), err
}
