package cognito

import (
	"context"
	"net/http"
	"net/netip"

	"poolhouse.dev/identity"
)

// An app signs people in by two operations: InitiateAuth begins an attempt,
// RespondToAuthChallenge answers what it asks until there are tokens. Who gets in
// is decided by the core, as for the pages.

// talk is one of the two operations: who asks, what they say, and the step they
// have in hand.
type talk struct {
	*Handler
	app
	admin  bool
	said   Said
	where  *UserContextData
	ticket ticket
}

// flow is an AuthFlow.
type flow struct {
	allow string // what of ExplicitAuthFlows lets a client use it
	admin bool   // AdminInitiateAuth alone
	begin func(*talk, context.Context) (AuthResponse, error)
}

// flows are all of them. A function, as they are made of what uses them.
func flows() map[string]flow {
	return map[string]flow{
		"USER_SRP_AUTH":            {identity.FlowSRP, false, (*talk).beginSRP},
		"USER_PASSWORD_AUTH":       {identity.FlowPassword, false, (*talk).beginPassword},
		"ADMIN_USER_PASSWORD_AUTH": {identity.FlowAdmin, true, (*talk).beginPassword},
		"ADMIN_NO_SRP_AUTH":        {identity.FlowAdmin, true, (*talk).beginPassword},
		"USER_AUTH":                {identity.FlowChoice, false, (*talk).beginChoice},
		"CUSTOM_AUTH":              {identity.FlowCustom, false, (*talk).beginCustom},
		"REFRESH_TOKEN_AUTH":       {identity.FlowRefresh, false, (*talk).refresh},
		"REFRESH_TOKEN":            {identity.FlowRefresh, false, (*talk).refresh},
	}
}

func (h *Handler) initiateAuth(ctx context.Context, in InitiateAuthRequest) (AuthResponse, error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err != nil {
		return AuthResponse{}, err
	}
	return (&talk{Handler: h, app: a, said: in.AuthParameters, where: in.UserContextData}).initiate(ctx, &in)
}

func (h *Handler) adminInitiateAuth(ctx context.Context, in AdminInitiateAuthRequest) (AuthResponse, error) {
	a, err := h.appOf(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return AuthResponse{}, err
	}
	a.origin = in.ContextData.origin(a.origin)
	return (&talk{Handler: h, app: a, admin: true, said: in.AuthParameters}).initiate(ctx, &in.InitiateAuthRequest)
}

// origin is where the person is whom a server asks for. Nothing of it is proven:
// the server's key vouches for it.
func (c *ContextData) origin(o identity.Origin) identity.Origin {
	o.Trusted = true
	if c == nil {
		return o
	}
	if at, err := netip.ParseAddr(c.IPAddress); err == nil {
		o = o.Said(at)
	}
	for _, header := range c.HTTPHeaders {
		if http.CanonicalHeaderKey(header.HeaderName) == "User-Agent" {
			o.UserAgent = header.HeaderValue
		}
	}
	return o
}

func (t *talk) initiate(ctx context.Context, in *InitiateAuthRequest) (AuthResponse, error) {
	// Cognito gives the metadata of InitiateAuth to the triggers that come before
	// anything is proven, as their validationData.
	t.origin.Told.Validation = in.ClientMetadata
	one, known := flows()[in.AuthFlow]
	switch {
	case !known || one.admin && !t.admin:
		return AuthResponse{}, exception("InvalidParameterException", "Initiate Auth method not supported.")
	case !t.client.MayFlow(one.allow):
		return AuthResponse{}, exception("InvalidParameterException", in.AuthFlow+" flow not enabled for this client")
	}
	t.ticket = newTicket(in.AuthFlow)
	if one.allow == identity.FlowRefresh {
		return one.begin(t, ctx)
	}
	if err := t.named(ctx); err != nil {
		return AuthResponse{}, err
	}
	if in.Session != "" {
		return t.resume(ctx, in.Session)
	}
	return one.begin(t, ctx)
}

// param answers what was said under a name.
func (t *talk) param(name string) (string, error) {
	if t.said[name] == "" {
		return "", exception("InvalidParameterException", "Missing required parameter "+name)
	}
	return t.said[name], nil
}

// named wants a username, and the secret hash over it.
func (t *talk) named(ctx context.Context) error {
	name, err := t.param("USERNAME")
	if err != nil {
		return err
	}
	if err = t.checkHash(ctx, &t.client, t.said["SECRET_HASH"], name); err == nil {
		t.heed(t.where, t.said["SECRET_HASH"])
	}
	return err
}

// open begins the attempt, with a way in that the flow prescribes.
func (t *talk) open(ctx context.Context, prefer identity.Factor) (identity.Step, error) {
	return t.start(ctx, identity.Start{Prefer: prefer})
}

func (t *talk) start(ctx context.Context, st identity.Start) (identity.Step, error) {
	st.Pool, st.Client, st.Channel, st.Identifier = t.pool.ID, t.client.ID, t.ticket.channel(), t.said["USERNAME"]
	st.API, st.DeviceKey, st.Origin = true, t.said["DEVICE_KEY"], t.origin
	step, err := t.SignIn.Begin(ctx, st)
	if err == nil {
		t.ticket = t.ticket.after(&step, "")
	}
	return step, err
}

// openPassword is open where only a password will do.
func (t *talk) openPassword(ctx context.Context) error {
	step, err := t.open(ctx, identity.FactorPassword)
	if err == nil && (step.Challenge == nil || step.Challenge.Name != identity.AskPassword) {
		err = exception("InvalidParameterException", "Passwords are not enabled for this client.")
	}
	return err
}

func (t *talk) beginPassword(ctx context.Context) (AuthResponse, error) {
	word, err := t.param("PASSWORD")
	if err == nil {
		err = t.openPassword(ctx)
	}
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, identity.PasswordAnswer{Password: word})
}

func (t *talk) beginSRP(ctx context.Context) (AuthResponse, error) {
	_, err := t.param("SRP_A")
	if err == nil {
		err = t.openPassword(ctx)
	}
	if err != nil {
		return AuthResponse{}, err
	}
	return t.offerSRP(ctx, "PASSWORD_VERIFIER")
}

// beginCustom lets the pool's triggers make the way in, behind SRP where the app
// begins with that.
func (t *talk) beginCustom(ctx context.Context) (AuthResponse, error) {
	verifier := t.said["CHALLENGE_NAME"] == "SRP_A"
	step, err := t.start(ctx, identity.Start{Custom: true, Verifier: verifier})
	if err == nil && verifier && step.Challenge != nil && step.Challenge.Name == identity.AskPassword {
		return t.offerSRP(ctx, "PASSWORD_VERIFIER")
	}
	return t.next(ctx, step, err)
}

// ways are what an app calls the ways in.
var ways = map[string]identity.Factor{
	"PASSWORD": identity.FactorPassword, "PASSWORD_SRP": identity.FactorPassword,
	"EMAIL_OTP": identity.FactorEmailCode, "SMS_OTP": identity.FactorSMSCode, "WEB_AUTHN": identity.FactorPasskey,
}

// beginChoice lets the person choose, or begins with what the app prefers. A
// preference that is not to be had gives the choice.
func (t *talk) beginChoice(ctx context.Context) (AuthResponse, error) {
	preferred := t.said["PREFERRED_CHALLENGE"]
	way, known := ways[preferred]
	if preferred != "" && !known {
		return AuthResponse{}, exception("InvalidParameterException", "Unsupported preferred challenge.")
	}
	st, err := t.stepUp(ctx)
	if err != nil {
		return AuthResponse{}, err
	}
	st.Prefer = way
	step, err := t.start(ctx, st)
	if err != nil {
		return AuthResponse{}, err
	}
	if step.Challenge == nil || step.Challenge.Second || step.Challenge.Name != identity.ChallengeName(way) {
		return t.shown(ctx, &step, "")
	}
	return t.chosen(ctx, &step, preferred)
}

// chosen goes on with a way in, whose first value may stand beside the choice.
func (t *talk) chosen(ctx context.Context, step *identity.Step, way string) (AuthResponse, error) {
	switch {
	case way == "PASSWORD" && t.said["PASSWORD"] != "":
		return t.respond(ctx, identity.PasswordAnswer{Password: t.said["PASSWORD"]})
	case way == "PASSWORD_SRP" && t.said["SRP_A"] != "":
		return t.offerSRP(ctx, "PASSWORD_VERIFIER")
	}
	return t.shown(ctx, step, way)
}

// resume goes on with a sign-up that was confirmed a moment ago.
func (t *talk) resume(ctx context.Context, session Secret) (AuthResponse, error) {
	if t.ticket.Flow != "USER_AUTH" {
		return AuthResponse{}, exception("InvalidParameterException", "A Session goes with USER_AUTH.")
	}
	if t.said["TARGET_ACR_VALUES"]+t.said["ACCESS_TOKEN"] != "" {
		return AuthResponse{}, exception("InvalidParameterException", "A Session of a sign-up goes with no TARGET_ACR_VALUES.")
	}
	was, err := t.openTicket(&t.app, session)
	if err != nil {
		return AuthResponse{}, err
	}
	if was.Asked != askedConfirm {
		return AuthResponse{}, errSession
	}
	was.Flow, t.ticket = t.ticket.Flow, was
	who, err := t.SignIn.Speaker(ctx, t.ticket.at(t.origin), t.said["USERNAME"])
	if err != nil {
		return AuthResponse{}, err
	}
	if !who.Called(t.said["USERNAME"]) {
		return AuthResponse{}, errSession
	}
	step, err := t.SignIn.Proceed(ctx, t.ticket.at(t.origin))
	return t.next(ctx, step, err)
}

// respond answers what the step in hand asks.
func (t *talk) respond(ctx context.Context, answer identity.Answer) (AuthResponse, error) {
	step, err := t.SignIn.Respond(ctx, identity.Reply{
		Attempt: t.ticket.Attempt, Channel: t.ticket.channel(), Turn: t.ticket.Turn, Answer: answer, DeviceKey: t.said["DEVICE_KEY"], Origin: t.origin,
	})
	return t.next(ctx, step, err)
}

// choose goes another way.
func (t *talk) choose(ctx context.Context, f identity.Factor, address string) (identity.Step, error) {
	step, err := t.SignIn.Choose(ctx, identity.Choice{
		Attempt: t.ticket.Attempt, Channel: t.ticket.channel(), Turn: t.ticket.Turn, Factor: f, Address: address, Origin: t.origin,
	})
	if code, _ := identity.CodeOf(err); code == identity.FactorNotFound {
		err = exception("InvalidParameterException", "The chosen challenge is not available.")
	}
	if err == nil {
		t.ticket = t.ticket.after(&step, "")
	}
	return step, err
}
