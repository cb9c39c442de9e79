package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

func deliveryOf(to identity.Delivery) *CodeDeliveryDetails {
	if to.Destination == "" {
		return nil
	}
	return &CodeDeliveryDetails{Destination: to.Destination, DeliveryMedium: to.Medium, AttributeName: to.Attribute}
}

// signUp makes an account. It signs nobody in.
func (h *Handler) signUp(ctx context.Context, in SignUpRequest) (SignUpResponse, error) {
	a, err := h.provenApp(ctx, in.ClientID, in.Username, string(in.SecretHash), in.Surroundings)
	if err != nil {
		return SignUpResponse{}, err
	}
	attributes, err := valuesOf(in.UserAttributes)
	if err == nil {
		a.origin.Told.Validation, err = valuesOf(in.ValidationData)
	}
	if err != nil {
		return SignUpResponse{}, err
	}
	t := newTicket("")
	made, err := h.Accounts.Enroll(ctx, identity.SignUp{
		Pool: a.pool.ID, Client: a.client.ID, Channel: t.channel(), Username: in.Username, Password: string(in.Password),
		Attributes: attributes, Origin: a.origin,
	})
	if err != nil {
		return SignUpResponse{}, err
	}
	out := SignUpResponse{UserConfirmed: made.Confirmed, UserSub: made.ID, CodeDeliveryDetails: deliveryOf(made.Delivery)}
	out.Session, err = h.sealTicket(&a, t.after(&made.Step, askedConfirm))
	return out, err
}

// confirmSignUp takes the code. A Session that is over, or another's, takes nothing
// from that: there is then none to go on with.
func (h *Handler) confirmSignUp(ctx context.Context, in ConfirmSignUpRequest) (out ConfirmSignUpResponse, err error) {
	a, err := h.provenApp(ctx, in.ClientID, in.Username, string(in.SecretHash), in.Surroundings)
	if err == nil {
		err = h.Accounts.Known(ctx, a.pool.ID, a.client.ID, in.Username)
	}
	if err != nil {
		return out, err
	}
	confirm := identity.Confirm{
		Pool: a.pool.ID, Client: a.client.ID, Identifier: in.Username, Code: string(in.ConfirmationCode), ForceAlias: in.ForceAliasCreation, Origin: a.origin,
	}
	t, refused := newTicket(""), error(nil)
	if in.Session != "" {
		t, refused = h.openTicket(&a, in.Session)
	}
	if refused != nil || (in.Session != "" && t.Asked != askedConfirm) {
		return out, h.Accounts.Confirm(ctx, confirm)
	}
	step, err := h.Accounts.ConfirmStep(ctx, confirm, t.at(a.origin))
	if err == nil && step.Attempt != "" {
		out.Session, err = h.sealTicket(&a, t.after(&step, askedConfirm))
	}
	return out, err
}

func (h *Handler) resendConfirmationCode(ctx context.Context, in CodeRequest) (CodeResponse, error) {
	a, err := h.provenApp(ctx, in.ClientID, in.Username, string(in.SecretHash), in.Surroundings)
	if err != nil {
		return CodeResponse{}, err
	}
	to, err := h.Accounts.Resend(ctx, identity.Resend{Pool: a.pool.ID, Client: a.client.ID, Identifier: in.Username, Origin: a.origin})
	if code, _ := identity.CodeOf(err); code == identity.InvalidState {
		err = exception("InvalidParameterException", "User is already confirmed.")
	}
	return CodeResponse{deliveryOf(to)}, err
}

func (h *Handler) forgotPassword(ctx context.Context, in CodeRequest) (CodeResponse, error) {
	a, err := h.provenApp(ctx, in.ClientID, in.Username, string(in.SecretHash), in.Surroundings)
	if err != nil {
		return CodeResponse{}, err
	}
	to, err := h.Accounts.Forgot(ctx, identity.Forgot{Pool: a.pool.ID, Client: a.client.ID, Identifier: in.Username, Origin: a.origin})
	if code, _ := identity.CodeOf(err); code == identity.NoVerifiedAddress {
		err = exception("InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number")
	}
	return CodeResponse{deliveryOf(to)}, err
}

func (h *Handler) confirmForgotPassword(ctx context.Context, in ConfirmForgotPasswordRequest) (done, error) {
	a, err := h.provenApp(ctx, in.ClientID, in.Username, string(in.SecretHash), in.Surroundings)
	if err == nil {
		err = h.Accounts.Known(ctx, a.pool.ID, a.client.ID, in.Username)
	}
	if err != nil {
		return done{}, err
	}
	return done{}, h.Accounts.Reset(ctx, identity.Reset{
		Pool: a.pool.ID, Client: a.client.ID, Identifier: in.Username, Code: string(in.ConfirmationCode), Password: string(in.Password), Origin: a.origin,
	})
}

// updateAuthEventFeedback takes the person's word on a sign-in. The token is the
// one of the mail's link, which is of one event. "It was me" changes nothing.
func (h *Handler) updateAuthEventFeedback(ctx context.Context, in UpdateAuthEventFeedbackRequest) (done, error) {
	if in.FeedbackValue != identity.FeedbackInvalid {
		return done{}, nil
	}
	err := h.History.NotMeByLink(ctx, in.UserPoolID, string(in.FeedbackToken), originOf(ctx))
	if code, _ := identity.CodeOf(err); code == identity.CodeExpired {
		err = exception("NotAuthorizedException", "Invalid feedback token.")
	}
	return done{}, err
}
