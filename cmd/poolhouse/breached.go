package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity/password"
)

func (a *app) breachedCommand() *cobra.Command {
	return group("breached", "Breached passwords: build the filter that is asked offline", a.breachedBuild())
}

func (a *app) breachedBuild() *cobra.Command {
	cmd := &cobra.Command{
		Use: "build SOURCE FILE", Short: "Make a filter of breached passwords for breached_passwords.file", Args: exactly("SOURCE", "FILE"),
		Long: "SOURCE has a SHA-1 in hexadecimal a line, with or without :COUNT, as the files of\n" +
			"Have I Been Pwned have; - reads standard input. FILE takes about 2.3 bytes a\n" +
			"password, and making it about 40 bytes of memory a password: --min-count leaves\n" +
			"out what was seen less often.",
		Example: "poolhouse breached build pwnedpasswords.txt breached.filter --min-count 10",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.buildFilter(cmd, args[0], args[1]) },
	}
	cmd.Flags().Int("min-count", 0, "leave out passwords seen less often than `N` times")
	cmd.Flags().Bool("plain", false, "SOURCE has a password a line instead of hashes")
	return reading(cmd)
}

func (a *app) buildFilter(cmd *cobra.Command, source, file string) (err error) {
	in := a.in
	if source != "-" {
		opened, err := os.Open(source)
		if err != nil {
			return &failure{exitRefused, "cannot read " + source, reasonOf(err), "name the list of breached passwords"}
		}
		defer func() { _ = opened.Close() }()
		in = opened
	}
	count, err := writeFilter(cmd, in, file)
	if err != nil {
		return err
	}
	return a.did(cmd, "Wrote %s with %s", file, number(count, "password"))
}

// writeFilter puts the filter in place only when it is whole: a server may be
// reading the one before.
func writeFilter(cmd *cobra.Command, in io.Reader, file string) (count int, err error) {
	out, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return 0, &failure{exitRefused, "cannot write " + file, reasonOf(err), "name a file in a folder that this user may write in"}
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	o := password.FilterOptions{Plain: isSet(cmd, "plain")}
	o.MinCount, _ = cmd.Flags().GetInt("min-count")
	count, err = password.BuildFilter(in, out, o)
	if err != nil {
		return 0, errors.Join(&failure{exitRefused, "the list cannot be used", oneLine(err.Error()), "a line is a SHA-1 in hexadecimal, with or without :COUNT; or a password, with --plain"}, out.Close())
	}
	if err = errors.Join(out.Sync(), out.Close()); err != nil {
		return 0, err
	}
	return count, os.Rename(out.Name(), file)
}

// reasonOf says why a file could not be used, without its name.
func reasonOf(err error) string {
	var broken *os.PathError
	if errors.As(err, &broken) {
		return broken.Err.Error()
	}
	return oneLine(err.Error())
}
