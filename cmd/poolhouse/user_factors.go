package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// onUser is within for commands about one user, who must exist.
func (a *app) onUser(work func(cmd *cobra.Command, c *caller, in cognito.OneUser, args []string) error) func(*cobra.Command, []string) error {
	return a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
		if _, err := c.known(cmd, pool, args[0]); err != nil {
			return err
		}
		return work(cmd, c, cognito.OneUser{UserPoolID: pool, Username: args[0]}, args)
	})
}

func (a *app) userFactors() *cobra.Command {
	return reading(&cobra.Command{
		Use: "factors NAME", Short: "Show what a user signs in with: password, passkeys, second factors", Args: exactly("NAME"),
		Example: "poolhouse user factors ann@example.test",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			var out cognito.UserFactors
			if err := c.house(cmd.Context(), "ListUserFactors", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) { printFactors(w, out) })
		}),
	})
}

// factorWords names second factors for people.
var factorWords = map[string]string{
	"SOFTWARE_TOKEN_MFA": "authenticator app", "SMS_MFA": "code by text message", "EMAIL_OTP": "code by mail", "WEB_AUTHN": "passkey",
}

func printFactors(w io.Writer, f cognito.UserFactors) {
	var asked []string
	for _, name := range f.UserMFASettingList {
		asked = append(asked, factorWords[name])
	}
	rows := [][]string{
		{"Second factors", strings.Join(asked, ", ")}, {"Preferred", factorWords[f.PreferredMFASetting]}, {"Demanded", yes(f.Required)},
	}
	if f.SoftwareToken != nil {
		rows = append(rows, []string{"Authenticator app", named(f.SoftwareToken.FriendlyDeviceName, "since "+created(f.SoftwareToken.CreatedAt))})
	}
	for _, k := range f.Passkeys {
		rows = append(rows, []string{"Passkey", named(k.FriendlyCredentialName, passkeyDates(k))})
	}
	if f.RecoveryCodes > 0 {
		rows = append(rows, []string{"Recovery codes", fmt.Sprintf("%d of %d left, made %s", f.RecoveryCodesLeft, f.RecoveryCodes, created(f.RecoveryCodesMade))})
	}
	table(w, "", []string{"Password", yes(f.Password)}, rows)
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func named(name, more string) string {
	if name == "" {
		return more
	}
	return name + ", " + more
}

func passkeyDates(k cognito.Passkey) string {
	dates := "since " + created(k.CreatedAt)
	if k.LastUsedAt != nil {
		dates += ", last used " + created(k.LastUsedAt)
	}
	return dates
}

func (a *app) userResetFactors() *cobra.Command {
	return writing(&cobra.Command{
		Use: "reset-factors NAME", Short: "Remove a user's second factors, passkeys and recovery codes, and end all sessions", Args: exactly("NAME"),
		Long: "For somebody who has lost them. The password stays, and so do verified addresses.\n" +
			"Sessions end and browsers are forgotten, since what was lost may be in other\n" +
			"hands. The user is told by mail. Where a second factor is demanded, the next\n" +
			"sign-in sets one up.",
		Example: "poolhouse user reset-factors ann@example.test --yes",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			if err := a.confirm(cmd, "Remove every second factor and passkey of "+in.Username); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "remove every second factor and passkey of %s", in.Username)
			}
			if err := c.house(cmd.Context(), "ResetUserFactors", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Removed the second factors and passkeys of %s", in.Username)
		}),
	})
}

func (a *app) userLink() *cobra.Command {
	cmd := &cobra.Command{
		Use: "link NAME", Short: "Make a one-time link with which a user sets a new password", Args: exactly("NAME"),
		Long: "Prints the link, for you to hand over to the person in a way that you trust. With\n" +
			"--mail it goes to the user's verified address instead. It works once, for an\n" +
			"hour; a second factor is asked for afterwards as ever.",
		Example: "poolhouse user link ann@example.test\n  poolhouse user link ann@example.test --mail",
		RunE:    a.onUser(a.linkUser),
	}
	cmd.Flags().Bool("mail", false, "send it to a verified address instead of printing it")
	return writing(cmd)
}

func (a *app) linkUser(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
	if isSet(cmd, "dry-run") {
		return a.would(cmd, "make a link for %s", in.Username)
	}
	var out cognito.CreateRecoveryLinkResponse
	ask := cognito.CreateRecoveryLinkRequest{UserPoolID: in.UserPoolID, Username: in.Username, Mail: isSet(cmd, "mail")}
	if err := c.house(cmd.Context(), "CreateRecoveryLink", ask, &out); err != nil {
		return err
	}
	return a.show(cmd, out, func(w io.Writer) {
		if to := out.CodeDeliveryDetails; to != nil {
			fmt.Fprintf(w, "A link goes to %s.\n", to.Destination)
		} else {
			fmt.Fprintln(w, string(out.Link))
		}
		fmt.Fprintf(w, "It works once, until %s.\n", created(out.ExpiresAt))
	})
}

func (a *app) userDevices() *cobra.Command {
	return reading(&cobra.Command{
		Use: "devices NAME", Short: "List the browsers a user has signed in with", Args: exactly("NAME"), Example: "poolhouse user devices ann@example.test",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			var out cognito.AdminListDevicesResponse
			if err := c.cognito(cmd.Context(), "AdminListDevices", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Devices, func(w io.Writer) { printDevices(w, out.Devices) })
		}),
	})
}

func printDevices(w io.Writer, all []cognito.Device) {
	var rows [][]string
	for _, d := range all {
		rows = append(rows, []string{
			d.DeviceKey, created(d.DeviceCreateDate), created(d.DeviceLastAuthenticatedDate), attribute(d.DeviceAttributes, "last_ip_used"),
			yes(attribute(d.DeviceAttributes, "device_status") == "remembered"), attribute(d.DeviceAttributes, "device_name"),
		})
	}
	table(w, "No browser is known.", []string{"DEVICE", "SINCE", "LAST SIGN-IN", "ADDRESS", "REMEMBERED", "BROWSER"}, rows)
}

func (a *app) userForgetDevice() *cobra.Command {
	return writing(&cobra.Command{
		Use: "forget-device NAME DEVICE", Short: "Make a browser unknown: it is asked for the second factor again", Args: exactly("NAME", "DEVICE"),
		Example: "poolhouse user forget-device ann@example.test 3b241101-e2bb-4255-8caf-4136c566a962",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "forget the browser %s of %s", args[1], in.Username)
			}
			device := cognito.OneDevice{UserPoolID: in.UserPoolID, Username: in.Username, DeviceKey: args[1]}
			if err := c.cognito(cmd.Context(), "AdminForgetDevice", device, nil); err != nil {
				return err
			}
			return a.did(cmd, "Forgot the browser %s", args[1])
		}),
	})
}

func until(t *cognito.Timestamp) string {
	if t == nil {
		return ""
	}
	return time.Time(*t).Local().Format("2006-01-02 15:04:05")
}
