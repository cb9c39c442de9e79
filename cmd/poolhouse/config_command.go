package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/web/cognito"
)

func (a *app) configCommand() *cobra.Command {
	return group("config", "The configuration file: validate, diff, apply, show",
		a.configValidate(), a.configDiff(), a.configApply(), a.configShow())
}

func (a *app) configValidate() *cobra.Command {
	return reading(&cobra.Command{
		Use: "validate", Short: "Check the file without starting anything", Args: none, Example: "poolhouse config validate --config poolhouse.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.loadFile(cmd)
			if err != nil {
				return err
			}
			return a.did(cmd, "%s is valid: %s", s.path, counted(s.File))
		},
	})
}

// loadFile is load for commands that are about the file: there must be one.
func (a *app) loadFile(cmd *cobra.Command) (*settings, error) {
	s, err := a.load(cmd)
	if err == nil && s.path == "" {
		return nil, usage("there is no poolhouse.yaml in this folder", "name the file with --config")
	}
	if err == nil {
		err = config.CheckScripts(&s.File, s.parsed, s.origin)
	}
	return s, err
}

func counted(f config.File) string {
	clients, groups, users := 0, 0, 0
	for _, p := range f.Pools {
		clients, groups, users = clients+len(p.Clients), groups+len(p.Groups), users+len(p.Users)
	}
	return strings.Join([]string{number(len(f.Pools), "pool"), number(clients, "client"), number(groups, "group"), number(users, "user")}, ", ")
}

func number(n int, of string) string {
	if n != 1 {
		of += "s"
	}
	return fmt.Sprintf("%d %s", n, of)
}

// compared asks the server, or the closed store, what applying would change.
func (a *app) compared(cmd *cobra.Command, dry bool) (*settings, cognito.ApplySettingsResponse, error) {
	var out cognito.ApplySettingsResponse
	s, err := a.loadFile(cmd)
	if err != nil {
		return nil, out, err
	}
	c, err := a.connect(cmd)
	if err != nil {
		return nil, out, err
	}
	request := s.request()
	request.DryRun = dry
	err = c.house(cmd.Context(), "ApplySettings", request, &out)
	if closed := c.close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, out, notApplied(s, err)
	}
	return s, out, nil
}

func (a *app) configDiff() *cobra.Command {
	return reading(&cobra.Command{
		Use: "diff", Short: "Show what applying the file would change", Args: none, Example: "poolhouse config diff",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, out, err := a.compared(cmd, true)
			if err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) { printChanges(w, out, "The file and the store agree.") })
		},
	})
}

func (a *app) configApply() *cobra.Command {
	return writing(&cobra.Command{
		Use: "apply", Short: "Bring the store to what the file says; nothing is deleted", Args: none, Example: "poolhouse config apply --dry-run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, out, err := a.compared(cmd, isSet(cmd, "dry-run"))
			if err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) {
				printChanges(w, out, "Nothing to change.")
				if isSet(cmd, "dry-run") {
					fmt.Fprintln(w, "Nothing was changed (--dry-run).")
				}
			})
		},
	})
}

// printChanges prints + for what is new, ~ for what changes, and ? for what the
// store has beyond the file.
func printChanges(w io.Writer, out cognito.ApplySettingsResponse, none string) {
	if len(out.Changes) == 0 {
		fmt.Fprintln(w, none)
	}
	for _, c := range out.Changes {
		if c.Action == "create" {
			fmt.Fprintf(w, "+ %s\n", printable(c.What))
			continue
		}
		fmt.Fprintf(w, "~ %s: %s: %s -> %s\n", printable(c.What), c.Field, unset(c.From), unset(c.To))
	}
	for _, extra := range out.Extra {
		fmt.Fprintf(w, "? %s is in the store and not in the file; it stays\n", printable(extra))
	}
}

func unset(text string) string {
	if text == "" {
		return "(not set)"
	}
	return printable(text)
}

func (a *app) configShow() *cobra.Command {
	return reading(&cobra.Command{
		Use: "show", Short: "Show the effective configuration and where each setting comes from; secrets are hidden", Args: none,
		Example: "poolhouse config show",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.load(cmd)
			if err != nil {
				return err
			}
			shown, err := config.Shown(s.File)
			if err != nil {
				return err
			}
			if isSet(cmd, "json") {
				return a.show(cmd, shown, nil)
			}
			return a.showYAML(s, shown)
		},
	})
}

func (a *app) showYAML(s *settings, shown any) error {
	var doc yaml.Node
	if err := doc.Encode(shown); err != nil {
		return err
	}
	config.Comment(&doc, func(key string) string { return "# " + s.from(key) })
	encoder := yaml.NewEncoder(a.out)
	encoder.SetIndent(2)
	defer func() { _ = encoder.Close() }()
	return encoder.Encode(&doc)
}
