package hosted

import (
	"errors"
	"net/http"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/trial"
	"poolhouse.dev/web"
)

// trialPath is where an administrator tests a provider. Who has no link of the
// administrator's gets nothing here.
const trialPath = web.TrialPath

// showTrial takes the secret out of the address bar, then shows the button.
// Opening the link spends nothing.
func showTrial(r *web.Request) error {
	link := r.Arg("link")
	if link == "" {
		return trialPage(r)
	}
	if !linkForm(link) {
		return trialOver(r)
	}
	r.SetCookie(web.LinkCookie, trialPath[1:]+"."+link, linkLife)
	return r.See(r.Path(trialPath) + "?mailed=1")
}

func trialPage(r *web.Request) error {
	link := keptLink(r, trialPath)
	if link == "" && r.Arg("mailed") != "" {
		return r.CookiesBlocked()
	}
	t, until, err := signIns(r).TrialOf(r.Ctx(), r.Pool.ID, link, r.TripChannel())
	if over(err) {
		return trialOver(r)
	}
	if err != nil {
		return err
	}
	p, err := triedSettings(r, t)
	if err != nil {
		return err
	}
	return r.HTML(http.StatusOK, trial.Start(trial.StartProps{
		Page: r.Layout(), Action: r.Path(trialPath), Link: link, Type: p.Type, Name: t.Provider, Off: p.Disabled, Until: r.Moment(until),
	}))
}

// triedSettings answers the settings of the provider of a test; hardly any where
// it has gone meanwhile.
func triedSettings(r *web.Request, t identity.Trial) (identity.IdentityProvider, error) {
	settings := identity.Settings{Core: r.Server().Identity}
	p, err := settings.Provider(r.Ctx(), r.Pool.ID, t.Provider)
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return identity.IdentityProvider{Name: t.Provider}, nil
	}
	return p, err
}

// trialOver is for a link that was used, is over, or was never good.
func trialOver(r *web.Request) error {
	return r.HTML(http.StatusGone, trial.Over(trial.OverProps{Page: r.Layout(), Command: newTrial("NAME")}))
}

// newTrial is the command that makes a new link.
func newTrial(name string) string { return "poolhouse idp test " + name }

// beginTrial spends the link and sets out.
func beginTrial(r *web.Request) error {
	t, err := signIns(r).BeginTrial(r.Ctx(), r.Pool.ID, r.Form.Get("link"), r.TripChannel())
	if over(err) {
		return trialOver(r)
	}
	if err != nil {
		return err
	}
	r.DropCookie(web.LinkCookie)
	channel := r.BindTrip()
	if err := r.SetOutToTest(t, channel); err != nil {
		return trialFailed(r, t, channel, err)
	}
	return nil
}

// finishTrial shows what came back from a test. It goes the way of a sign-in up
// to the point where somebody would be signed in.
func finishTrial(r *web.Request, trip identity.Trip, back federation.Return) error {
	p, provider, err := r.TriedProvider(trip.Provider)
	if err != nil {
		return trialFailed(r, *trip.Test, trip.Channel, err)
	}
	answer, err := provider.Finish(r.Ctx(), trip.Pending, back)
	if err == nil {
		err = spendAnswer(r, answer)
	}
	if err != nil {
		return trialFailed(r, *trip.Test, trip.Channel, err)
	}
	external, problems := web.ExternalOf(&p, answer)
	seen, err := signIns(r).Foresee(r.Ctx(), identity.Federated{Pool: r.Pool.ID, Channel: r.Channel(), External: external, Origin: r.Origin()})
	if err != nil {
		return err
	}
	end := identity.TrialEnd{Pool: r.Pool.ID, Trial: *trip.Test, Outcome: seen.Outcome, Code: string(seen.Refused), Origin: r.Origin()}
	if err := signIns(r).TrialEnded(r.Ctx(), end); err != nil {
		return err
	}
	props, err := trialProps(r, p, *trip.Test, trip.Channel)
	if err != nil {
		return err
	}
	tell(r, &props, tested{p, answer, external, problems, seen})
	return r.HTML(http.StatusOK, trial.Result(props))
}

// trialProps is what both ends of a test have. The page cannot be loaded again,
// so that it offers no other language.
func trialProps(r *web.Request, p identity.IdentityProvider, t identity.Trial, channel identity.Channel) (trial.Props, error) {
	again, err := signIns(r).AgainTrial(r.Ctx(), r.Pool.ID, t, channel)
	page := r.Layout()
	page.Languages = nil
	return trial.Props{Page: page, Name: shown(p), Action: r.Path(trialPath), Link: again, Command: newTrial(t.Provider)}, err
}

// trialFailed shows why a test came to nothing: to an administrator, as it is.
func trialFailed(r *web.Request, t identity.Trial, channel identity.Channel, err error) error {
	failure, ok := trialFailure(err)
	if !ok {
		return err
	}
	p, err := triedSettings(r, t)
	if err != nil {
		return err
	}
	end := identity.TrialEnd{Pool: r.Pool.ID, Trial: t, Code: string(failure.Code), Reason: failure.Reason, Detail: web.DetailOf(failure), Origin: r.Origin()}
	if err := signIns(r).TrialEnded(r.Ctx(), end); err != nil {
		return err
	}
	props, err := trialProps(r, p, t, channel)
	if err != nil {
		return err
	}
	props.Verdict = r.T("trial.failed", "Name", props.Name)
	if text, known := trialFailures[failure.Code]; known {
		props.Verdict = r.T(text, "Name", props.Name)
	}
	props.Failure = facts([]trial.Fact{
		{Label: r.T("trial.code"), Value: string(failure.Code)}, {Label: r.T("trial.reason"), Value: failure.Reason}, {Label: r.T("trial.detail"), Value: web.DetailOf(failure)},
	})
	props.Claims, props.More = claims(r, failure.Claims)
	return r.HTML(web.Unprocessable, trial.Result(props))
}

var trialFailures = map[federation.Code]string{
	federation.Denied: "trial.failed_denied", federation.Refused: "trial.failed_refused", federation.Unreachable: "trial.failed_unreachable",
	federation.Misconfigured: "trial.failed_misconfigured", federation.Invalid: "trial.failed_invalid", federation.Stale: "trial.failed_stale",
}

// trialFailure answers what failed; false for a fault of our own.
func trialFailure(err error) (*federation.Error, bool) {
	var elsewhere *federation.Error
	if errors.As(err, &elsewhere) {
		return elsewhere, true
	}
	switch code, _ := identity.CodeOf(err); code {
	case identity.AttemptExpired:
		return &federation.Error{Code: federation.Invalid, Reason: string(code), Detail: "the assertion was used before"}, true
	case identity.NotAllowed:
		return &federation.Error{Code: federation.Misconfigured, Reason: string(code), Detail: "the pool has no such provider any more"}, true
	}
	return nil, false
}

// facts leaves out what is empty.
func facts(all []trial.Fact) (kept []trial.Fact) {
	for _, f := range all {
		if f.Value != "" || f.When != (layout.Moment{}) {
			kept = append(kept, f)
		}
	}
	return kept
}
