package hosted

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/trial"
	"poolhouse.dev/web"
)

// tested is what came of a test whose answer held.
type tested struct {
	provider identity.IdentityProvider
	answer   federation.Answer
	external identity.External
	problems []federation.Problem
	seen     identity.Foreseen
}

// tell puts onto the page what would happen, and why.
func tell(r *web.Request, props *trial.Props, t tested) {
	props.Good, props.Known = t.seen.Refused == "", true
	props.Verdict = verdict(r, props.Name, t)
	if t.seen.Off {
		props.Notes = append(props.Notes, r.T("trial.on_off", "Name", props.Name))
	}
	if props.Good && t.seen.Next != "" && t.seen.Outcome != identity.OutcomeProve {
		props.Notes = append(props.Notes, r.T("trial.on_next"))
	}
	if u := t.seen.Account; props.Good {
		props.Account = facts([]trial.Fact{
			{Label: r.T("trial.username"), Value: u.Username}, {Label: r.T("trial.status"), Value: string(u.Status)}, {Label: r.T("trial.vouched"), Value: u.Attributes["email"]},
		})
	}
	props.Answer = answered(r, props.Name, t)
	props.Mapped = mapped(r, props.Name, t)
	props.Claims, props.More = claims(r, t.answer.Claims)
}

var trialVerdicts = map[identity.Outcome]string{
	identity.OutcomeKnown: "trial.known", identity.OutcomeNew: "trial.new", identity.OutcomeBare: "trial.bare", identity.OutcomeLink: "trial.link",
	identity.OutcomeInherit: "trial.inherit", identity.OutcomeProve: "trial.prove",
}

var trialRefusals = map[identity.Code]string{
	identity.SignUpClosed: "trial.refused_sign_up_closed", identity.IncorrectPassword: "trial.refused_incorrect_password",
	identity.AliasExists: "trial.refused_address", identity.UsernameExists: "trial.refused_address",
	identity.AttributeRequired: "trial.refused_attribute", identity.AttributeRefused: "trial.refused_attribute",
	identity.NotAllowed: "trial.refused_not_allowed", identity.TooManyIdentities: "trial.refused_full", identity.SignInBlocked: "trial.refused_sign_in_blocked",
	identity.IssuerChanged: "trial.refused_issuer",
}

// verdict says in a sentence what a sign-in would come to.
func verdict(r *web.Request, name string, t tested) string {
	if code := t.seen.Refused; code != "" {
		return r.T(cmp.Or(trialRefusals[code], "trial.refused_other"), "Name", name, "Field", t.seen.Field, "Code", string(code))
	}
	return r.T(trialVerdicts[t.seen.Outcome], "Name", name, "Account", called(&t.seen.Account))
}

// called answers what an administrator knows an account by.
func called(u *identity.User) string { return cmp.Or(u.Attributes["email"], u.Username) }

// answered is what the answer says of itself. Its tokens open doors, and stay hidden.
func answered(r *web.Request, name string, t tested) []trial.Fact {
	a := t.answer
	vouched := "trial.vouched_no"
	switch {
	case t.external.Attributes["email"] == "":
		vouched = "trial.vouched_none"
	case t.external.EmailVerified:
		vouched = "trial.vouched_yes"
	}
	return facts([]trial.Fact{
		{Label: r.T("trial.subject"), Value: a.Subject},
		{Label: r.T("trial.issuer"), Value: a.Issuer},
		{Label: r.T("trial.session"), Value: a.Session},
		{Label: r.T("trial.assertion_until"), When: at(r, a.Until)},
		{Label: r.T("trial.vouched"), Value: r.T(vouched, "Name", name), Plain: true},
		{Label: r.T("trial.tokens"), Value: received(r, a.Tokens), Plain: true},
		{Label: r.T("trial.tokens_until"), When: at(r, a.Tokens.Expires)},
	})
}

func at(r *web.Request, when time.Time) layout.Moment {
	if when.IsZero() {
		return layout.Moment{}
	}
	return r.Moment(when)
}

func received(r *web.Request, t federation.Tokens) string {
	var names []string
	for name, token := range map[string]string{"access_token": t.Access, "id_token": t.ID, "refresh_token": t.Refresh} {
		if token != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return r.T("trial.tokens_none")
	}
	slices.Sort(names)
	return r.T("trial.tokens_hidden", "Names", strings.Join(names, ", "))
}

// mapped is the mapping, attribute by attribute.
func mapped(r *web.Request, name string, t tested) (all []trial.Mapped) {
	mapping := web.MappingOf(&t.provider)
	for _, attribute := range slices.Sorted(maps.Keys(mapping)) {
		one := trial.Mapped{Attribute: attribute, From: mapping[attribute], Value: t.external.Attributes[attribute]}
		one.Hidden = one.Value != "" && identity.NamesSecret(one.From)
		judge(r, name, t, &one)
		all = append(all, one)
	}
	for _, p := range t.problems { // those about no attribute that is mapped
		if _, there := mapping[p.Field]; !there {
			all = append(all, trial.Mapped{Attribute: p.Field, From: t.provider.Mapping[p.Field], State: trial.Left, Why: r.T("trial.left_problem"), Detail: p.Text})
		}
	}
	return all
}

// judge says what becomes of a mapped attribute.
func judge(r *web.Request, name string, t tested, one *trial.Mapped) {
	i := slices.IndexFunc(t.problems, func(p federation.Problem) bool { return p.Field == one.Attribute })
	left, isLeft := t.seen.LeftOut[one.Attribute]
	switch {
	case i >= 0:
		one.State, one.Why, one.Detail = trial.Left, r.T("trial.left_problem"), t.problems[i].Text
	case one.Value == "":
		one.State = trial.Missing
	case t.seen.Refused != "": // there is no account that would keep it
	case isLeft:
		one.State, one.Why, one.Detail = trial.Left, r.T("trial.left_"+string(left.Why), "Name", name), left.Detail
	default:
		one.State = trial.Kept
	}
}

// moments are claims that are seconds since 1970 (RFC 7519 §4.1, OpenID Connect
// Core §2 and §5.1).
var moments = []string{"exp", "iat", "nbf", "auth_time", "updated_at"}

// claims prints what a provider said, without what is named like a secret.
func claims(r *web.Request, said map[string]any) ([]trial.Claim, bool) {
	paths, more := federation.Paths(said, identity.NamesSecret)
	all := make([]trial.Claim, 0, len(paths))
	for _, one := range paths {
		c := trial.Claim{Path: one.Path, Values: one.Values, Hidden: one.Hidden}
		if seconds, ok := said[one.Path].(json.Number); ok && slices.Contains(moments, one.Path) {
			if n, err := seconds.Int64(); err == nil {
				c.When = r.Moment(time.Unix(n, 0))
			}
		}
		all = append(all, c)
	}
	return all, more
}
