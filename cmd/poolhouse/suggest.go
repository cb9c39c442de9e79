package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// unknownCommand refuses words that name no command, and says which was near.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	fix := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		fix = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+near[0])
	}
	return usage(fmt.Sprintf("unknown command %q", args[0]), fix)
}

// refuseUnknownTopics lets help and completion refuse a word they do not know, as
// every other command does.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.RunE = func(_ *cobra.Command, args []string) error {
				about, rest, err := root.Find(args)
				if err == nil && len(rest) > 0 {
					err = unknownCommand(about, rest)
				}
				if err != nil {
					return err
				}
				about.InitDefaultHelpFlag()
				return about.Help()
			}
		case "completion":
			cmd.Args, cmd.SuggestionsMinimumDistance = unknownCommand, 2
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// unknownFlag says which flag was probably meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	fix := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		if near := nearestFlag(cmd, name); near != "" {
			fix = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	return usage(oneLine(err.Error()), fix)
}

func nearestFlag(cmd *cobra.Command, name string) string {
	// cobra's own suggestions compare command names; a throw-away command for
	// each flag lets them compare flags as well.
	probe := &cobra.Command{Use: "probe", SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		probe.AddCommand(&cobra.Command{Use: flag.Name, Run: func(*cobra.Command, []string) {}})
	})
	if near := probe.SuggestionsFor(name); len(near) > 0 {
		return near[0]
	}
	return ""
}

// group makes a command that only holds others: alone it prints its help, and
// a word it does not know is refused.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: unknownCommand, SuggestionsMinimumDistance: 2}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}

// exactly wants as many arguments as names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usage(fmt.Sprintf("%s takes %s", cmd.CommandPath(), strings.Join(names, " ")),
			fmt.Sprintf("for example: %s", cmd.Example))
	}
}

// none wants no arguments.
func none(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(fmt.Sprintf("%s takes no argument, but was given %q", cmd.CommandPath(), args[0]), "leave it out")
}
