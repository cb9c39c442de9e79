package identity

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

// occasions send a message of every cause to somebody's address, and answer which.
// What comes before it may send others.
var occasions = map[string]func(k *kit) (to string){
	message.CauseSignUp: func(k *kit) string {
		k.signUp("new@example.test", nil)
		return "new@example.test"
	},
	message.CauseResend: func(k *kit) string {
		k.signUp("new@example.test", nil)
		_, err := k.accounts().Resend(k.Context(), Resend{Pool: testPool, Client: testClient, Identifier: "new@example.test"})
		k.ok(err)
		return "new@example.test"
	},
	message.CauseForgotPassword: func(k *kit) string {
		_, err := k.forgot(k.person("ann@example.test").email)
		k.ok(err)
		return "ann@example.test"
	},
	message.CauseInvitation: func(k *kit) string {
		_, _, err := k.admin().CreateUser(k.Context(), NewUser{Pool: testPool, Username: "new@example.test"})
		k.ok(err)
		return "new@example.test"
	},
	message.CauseUpdate: func(k *kit) string {
		auth := k.person("ann@example.test").login(k.origin(1)).Auth
		_, err := k.accounts().Update(k.Context(), auth, map[string]string{"email": "new@example.test"}, k.origin(1))
		k.ok(err)
		return "new@example.test"
	},
	message.CauseVerify: func(k *kit) string {
		auth := k.person("ann@example.test").login(k.origin(1)).Auth
		_, err := k.accounts().Update(k.Context(), auth, map[string]string{"email": "new@example.test"}, k.origin(1))
		k.ok(err)
		_, err = k.accounts().SendCode(k.Context(), auth, "email", k.origin(1))
		k.ok(err)
		return "new@example.test"
	},
	message.CauseAuthentication: func(k *kit) string {
		k.asks(k.person("ann@example.test").enable(FactorEmail).half(), nil, AskEmail)
		return "ann@example.test"
	},
	message.CauseTakeover: func(k *kit) string {
		ann := k.person("ann@example.test")
		ann.login(k.origin(1))
		ann.withApp()
		k.wait(time.Hour)
		step, err := k.try(ann.email, goodWord, k.origin(9))
		k.asks(step, err, AskTOTP)
		return ann.email
	},
}

// TestEveryCauseNamesItsTriggerSource walks all occasions, for every trigger that
// has a part in messages, and holds the sources against the documentation.
func TestEveryCauseNamesItsTriggerSource(t *testing.T) {
	seen := map[string]bool{}
	for _, cause := range message.Causes() {
		k := newFactorKit(t, ways(FactorPassword), writesOfRisk)
		h := k.writes()
		all := k.mails(occasions[cause](k))
		last := all[len(all)-1]
		if last.Cause != cause {
			t.Errorf("%s: the last message is %s for %q", cause, last.Kind, last.Cause)
		}
		for _, last.Channel = range []string{message.Email, message.SMS} {
			_, err := k.core.SendByTrigger(t.Context(), last.Message, last.secrets)
			k.ok(err)
		}
		for _, e := range h.events {
			if source := e.TriggerSource; strings.HasPrefix(source, "Custom") && strings.HasSuffix(source, "_"+cause) {
				seen[source] = true
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(seen)), documentedSources(t); !slices.Equal(got, want) {
		t.Errorf("asked %v\ndocumented %v", got, want)
	}
}

// writes attaches the triggers that have a part in messages.
func (k *kit) writes() *heard {
	k.Helper()
	h := k.hears()
	k.pool(func(p *Pool) { p.LambdaConfig.CustomMessage = "t" })
	return h
}

var documentedSource = regexp.MustCompile("`([A-Za-z]*)(_[A-Za-z]+)`")

// documentedSources are what docs/triggers.md names of the triggers of messages.
func documentedSources(t *testing.T) []string {
	text, err := os.ReadFile("../docs/triggers.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, kind := range []trigger.Kind{trigger.CustomMessage, trigger.CustomEmailSender, trigger.CustomSMSSender} {
		_, row, found := strings.Cut(string(text), "\n| `"+string(kind)+"` | ")
		if !found {
			t.Fatalf("no row about %s", kind)
		}
		row, _, _ = strings.Cut(row, " | ")
		prefix := ""
		for _, name := range documentedSource.FindAllStringSubmatch(row, -1) {
			if name[1] != "" {
				prefix = name[1]
			}
			all = append(all, prefix+name[2])
		}
	}
	slices.Sort(all)
	return all
}
