package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

// heard are the events that a pool's triggers were asked with.
type heard struct {
	*kit
	events []trigger.Event
}

// Run is the seam to other people's code; it has no objection.
func (h *heard) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	h.events = append(h.events, call.Event)
	return json.RawMessage(`{}`), nil
}

// hears attaches triggers to the pool, under every kind that has no say in how
// people sign in.
func (k *kit) hears() *heard {
	k.Helper()
	h := &heard{kit: k}
	k.core.Triggers = h
	k.pool(func(p *Pool) {
		sender := &trigger.Versioned{LambdaARN: "t", LambdaVersion: "V1_0"}
		p.LambdaConfig = trigger.Config{PreSignUp: "t", PostConfirmation: "t", CustomEmailSender: sender, CustomSMSSender: sender}
	})
	return h
}

// event holds what the trigger was last asked against Cognito's event of that
// source. USER in it is the user's name.
func (h *heard) event(source, request, response string) {
	h.Helper()
	if len(h.events) == 0 {
		h.Fatalf("nobody was asked %s", source)
	}
	last := h.events[len(h.events)-1]
	h.events = nil
	want := `{"version":"1","triggerSource":"` + source + `","region":"local","userPoolId":"local_test","userName":"USER",` +
		`"callerContext":{"awsSdkVersion":"` + last.CallerContext.AWSSDKVersion + `","clientId":"` + last.CallerContext.ClientID + `"},"request":` + request + `,"response":` + response + `}`
	if got := string(must(h, last)); last.UserName == "" || got != strings.ReplaceAll(want, "USER", last.UserName) {
		h.Errorf("event\n%s\nwant\n%s", got, want)
	}
}

func TestSomebodyOfAProviderIsAskedAbout(t *testing.T) {
	k := joins(t)
	h := k.hears()
	k.fromIn("Google", "g-1", "ann@example.test", true)
	if len(h.events) != 2 || h.events[1].TriggerSource != confirmedSignUp || h.events[1].CallerContext.ClientID != string(testClient) {
		t.Fatalf("asked %+v", h.events)
	}
	first := h.events[0]
	h.event(confirmedSignUp, `{"userAttributes":{"cognito:user_status":"EXTERNAL_PROVIDER","email":"ann@example.test","email_verified":"true","sub":"`+string(k.find("ann@example.test").ID)+`"},"clientMetadata":{}}`, `{}`)
	h.events = []trigger.Event{first}
	h.event(comesElsewhere, `{"userAttributes":{"email":"ann@example.test","email_verified":"true"},"validationData":{},"clientMetadata":{}}`,
		`{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`)
	k.fromIn("Google", "g-1", "ann@example.test", true)
	if len(h.events) > 0 {
		t.Errorf("somebody who is known is asked about: %+v", h.events)
	}
}

func TestAResetIsToldAfterwards(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	h := k.hears()
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	if len(h.events) > 0 {
		t.Errorf("asked before the code came back: %+v", h.events)
	}
	in := Reset{Pool: testPool, Client: testClient, Identifier: "ann@example.test", Code: k.last("ann@example.test", message.ForgotPassword).code(), Password: otherWord}
	in.Origin.Told.Client = map[string]string{"from": "app"}
	k.ok(k.accounts().Reset(t.Context(), in))
	h.event(confirmedReset, `{"userAttributes":{"cognito:user_status":"CONFIRMED","email":"ann@example.test","email_verified":"true","sub":"USER"},"clientMetadata":{"from":"app"}}`, `{}`)
}

const annsPhone = "+4915112345678"

// sends hands over the newest message to an address, which goes by that source.
func (h *heard) sends(source, to, attributes string) {
	h.Helper()
	all := h.mails(to)
	if len(all) == 0 {
		h.Fatalf("%s: nothing goes to %s", source, to)
	}
	last := all[len(all)-1]
	h.events = nil
	if done, err := h.core.SendByTrigger(h.Context(), last.Message, last.secrets); err != nil || !done {
		h.Fatalf("%s: done %v: %v", source, done, err)
	}
	code, secret := "", last.code()
	if secret == "" {
		secret = last.secrets["password"]
	}
	if secret != "" {
		code = `"code":"` + base64.StdEncoding.EncodeToString([]byte(secret)) + `",`
	}
	kind := textRequest
	if strings.HasPrefix(source, "CustomEmailSender") {
		kind = mailRequest
	}
	h.event(source, `{"type":"`+kind+`",`+code+`"userAttributes":{`+attributes+`,"sub":"USER"},"clientMetadata":{}}`, `{}`)
}

func TestTheSMSSenderIsAskedOnEveryOccasion(t *testing.T) {
	k := newKit(t, func(p *Pool) {
		p.UsernameAttributes, p.AutoVerifiedAttributes = []string{"phone_number"}, []string{"phone_number"}
	})
	h := k.hears()
	of := func(status, phone, proven string) string {
		return `"cognito:user_status":"` + status + `","phone_number":"` + phone + `","phone_number_verified":"` + proven + `"`
	}
	k.signUp(annsPhone, nil)
	h.sends("CustomSMSSender_SignUp", annsPhone, of("UNCONFIRMED", annsPhone, "false"))
	_, err := k.accounts().Resend(t.Context(), Resend{Pool: testPool, Client: testClient, Identifier: annsPhone})
	k.ok(err)
	h.sends("CustomSMSSender_ResendCode", annsPhone, of("UNCONFIRMED", annsPhone, "false"))
	k.ok(k.confirm(annsPhone, k.sent(annsPhone)))
	_, err = k.forgot(annsPhone)
	k.ok(err)
	h.sends("CustomSMSSender_ForgotPassword", annsPhone, of("CONFIRMED", annsPhone, "true"))

	const next, bobs = "+4915112345679", "+4915112345670"
	auth := k.in(annsPhone, k.origin(1)).Auth
	_, err = k.accounts().Update(t.Context(), auth, map[string]string{"phone_number": next}, k.origin(1))
	k.ok(err)
	h.sends("CustomSMSSender_UpdateUserAttribute", next, of("CONFIRMED", annsPhone, "true"))
	_, err = k.accounts().SendCode(t.Context(), auth, "phone_number", k.origin(1))
	k.ok(err)
	h.sends("CustomSMSSender_VerifyUserAttribute", next, of("CONFIRMED", annsPhone, "true"))
	_, _, err = k.admin().CreateUser(t.Context(), NewUser{Pool: testPool, Username: bobs})
	k.ok(err)
	h.sends("CustomSMSSender_AdminCreateUser", bobs, of("FORCE_CHANGE_PASSWORD", bobs, "false"))
}

func TestTheSMSSenderIsAskedAtASignIn(t *testing.T) {
	const attributes = `"cognito:user_status":"CONFIRMED","email":"ann@example.test","email_verified":"true","phone_number":"` + annsPhone + `","phone_number_verified":"true"`
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withPhone(annsPhone).enable(FactorSMS)
	h := k.hears()
	k.asks(ann.half(), nil, AskSMS)
	h.sends("CustomSMSSender_Authentication", annsPhone, attributes)

	k = newFactorKit(t, ways(FactorPassword, FactorSMSCode))
	ann = k.person("ann@example.test").withPhone(annsPhone)
	h = k.hears()
	k.start(ann.email, FactorSMSCode, testChannel, k.origin(1))
	h.sends("CustomSMSSender_Authentication", annsPhone, attributes)
}

func TestTheMailSenderIsAskedAboutADoubt(t *testing.T) {
	k, ann, _ := halfway(t)
	k.hears().sends("CustomEmailSender_AccountTakeOverNotification", ann.email, `"cognito:user_status":"CONFIRMED","email":"ann@example.test","email_verified":"true"`)
}
