package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is one invocation: what it was given and where it writes.
type app struct {
	env  func(string) (string, bool)
	in   io.Reader
	out  io.Writer
	errs io.Writer

	configFile    string
	data          string
	storage       string
	masterKeyFile string
}

// run is the program without the process around it.
func run(ctx context.Context, args, environ []string, in io.Reader, out, errs io.Writer) error {
	private()
	a := &app{env: lookup(environ), in: in, out: out, errs: errs}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	return withList(cmd, err)
}

func (a *app) root() *cobra.Command {
	root := a.serveCommand()
	root.Use = "poolhouse"
	root.Short = "User pools in your own house: sign-up, sign-in and tokens from one binary"
	root.Long = root.Short + `.

Without a command it starts the server with what it finds: poolhouse.yaml in
this folder if there is one, the data folder ./data, the address 127.0.0.1:8080.
Every flag can also be given as an environment variable: --public-url is
POOLHOUSE_PUBLIC_URL.`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.Args = unknownCommand
	root.SetFlagErrorFunc(unknownFlag)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.fromEnvironment(cmd) }
	a.persistentFlags(root.PersistentFlags())
	root.AddCommand(
		a.serve(), a.devCommand(), a.configCommand(), a.userCommand(), a.groupCommand(), a.clientCommand(), a.idpCommand(),
		a.keyCommand(), a.accessKeyCommand(), a.sessionCommand(), a.importCommand(), a.limitCommand(), a.outboxCommand(), a.triggerCommand(), a.breachedCommand(), a.versionCommand(), exitCodes(),
	)
	refuseUnknownTopics(root)
	return root
}

// serve is the named form of what the root command does.
func (a *app) serve() *cobra.Command {
	cmd := a.serveCommand()
	cmd.Use = "serve"
	cmd.Short = "Start the server"
	return cmd
}

func (a *app) persistentFlags(flags *pflag.FlagSet) {
	flags.StringVar(&a.configFile, "config", "", "configuration `FILE` (default poolhouse.yaml in this folder, when there is one)")
	flags.StringVar(&a.data, "data", "", "data `FOLDER` (default ./data)")
	flags.StringVar(&a.storage, "storage", "", "postgres://… `DSN` instead of the store file in the data folder")
	flags.StringVar(&a.masterKeyFile, "master-key-file", "", "`FILE` with the master key (default master.key in the data folder)")
}

// fromEnvironment gives every flag that was not typed the value of its
// environment variable: --public-url is POOLHOUSE_PUBLIC_URL.
func (a *app) fromEnvironment(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		name := variableOf(flag.Name)
		value, ok := a.env(name)
		if flag.Changed || !ok || value == "" || failed != nil || !environmental(cmd, flag) {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			failed = usage(fmt.Sprintf("%s has a value that does not fit: %v", name, err), "correct it or unset it")
		}
		flag.Changed = true
		markEnvironment(flag)
	})
	return failed
}

// environmental leaves out the flags of single operations: a --yes or --json
// from the environment would surprise.
func environmental(cmd *cobra.Command, flag *pflag.Flag) bool {
	if cmd.Root().PersistentFlags().Lookup(flag.Name) != nil {
		return true
	}
	return cmd.Annotations["serves"] != "" && flag.Name != "help"
}

func variableOf(flag string) string {
	return "POOLHOUSE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

const fromEnv = "environment"

func markEnvironment(flag *pflag.Flag) {
	if flag.Annotations == nil {
		flag.Annotations = map[string][]string{}
	}
	flag.Annotations[fromEnv] = []string{"true"}
}

func exitCodes() *cobra.Command {
	// A command that cannot run is a help topic: poolhouse help exit-codes.
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodesHelp}
}
