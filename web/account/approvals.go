package account

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/web"
)

// approvalsPage lists what apps ask the person for by their servers (CIBA §8).
const approvalsPage = "/account/approvals"

func showApprovals(v *visit) error {
	all, err := v.Server().OAuth.Approvals(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	props := account.ApprovalsProps{Frame: v.frame(account.PageApprovals, nil), Action: v.Path(approvalsPage + "/answer")}
	props.Styles = append(props.Styles, gets.Styles)
	for _, e := range all {
		one := account.Approval{
			ID: e.ID, App: e.Client.Name, Message: e.Message, Gets: v.Gets(oauth.Gets{Scopes: e.Scopes, Details: e.Details}),
			Asked: v.Moment(e.Asked), Until: v.Moment(e.Expires), Address: e.Address, Place: v.place(e.Address),
		}
		if one.App == "" {
			one.App = string(e.Client.ID)
		}
		props.Approvals = append(props.Approvals, one)
	}
	return v.HTML(http.StatusOK, account.Approvals(props))
}

// answerApproval allows or denies a request. Allowing takes a recent sign-in, with
// what the app demands; denying takes nothing.
func answerApproval(v *visit) error {
	id := v.Form.Get("approval")
	if v.Form.Get("answer") != "allow" {
		return v.approved("denied", v.Server().OAuth.Deny(v.Ctx(), v.auth, v.Pool.ID, id))
	}
	asked, reason, err := v.Server().OAuth.ErrandOf(v.Ctx(), v.auth, v.Pool.ID, id)
	if err != nil {
		return v.approved("", err)
	}
	if reason == "" {
		if err := v.fresh(identity.ApproveRequest); err != nil {
			return v.signInFor(asked.Client.ID)
		}
		reason, err = v.Server().OAuth.Allow(v.Ctx(), v.auth, v.Pool.ID, id)
	}
	if reason != "" {
		return v.signInFor(asked.Client.ID)
	}
	return v.approved("allowed", err)
}

// signInFor leads to a sign-in as the app demands it, and back to its request.
func (v *visit) signInFor(client identity.ClientID) error {
	v.Ask = &web.Asked{Page: approvalsPage, Client: client, At: v.Now()}
	return &identity.Error{Code: identity.FreshSignInNeeded, Op: "account"}
}

// approved says what came of an answer.
func (v *visit) approved(notice string, err error) error {
	if _, refused := oauth.CodeOf(err); refused {
		notice, err = "gone", nil
	}
	if err != nil {
		return err
	}
	return v.See(v.Path(approvalsPage) + "?notice=" + notice)
}
