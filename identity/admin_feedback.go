package identity

import (
	"context"
	"errors"
	"slices"

	"poolhouse.dev/storage"
)

// Feedback keeps an administrator's word on a sign-in: FeedbackInvalid or
// FeedbackValid. Risk no longer takes an invalid one for the person's own. It ends
// nothing: see History.NotMe and SignOut. ResourceNotFound says that there is none.
func (a *Admin) Feedback(ctx context.Context, pool PoolID, username, event, value string) error {
	const op = "Admin.Feedback"
	if value != FeedbackInvalid && value != FeedbackValid {
		return &Error{Code: InvalidParameter, Op: op, Field: "feedback"}
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		_, u, err := a.load(w, op, pool, username)
		if err != nil {
			return nil, err
		}
		e, err := signInEvents.Get(w, string(pool), string(u.ID), event)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, ResourceNotFound), nil
		}
		if err != nil {
			return nil, err
		}
		e.Feedback, e.FeedbackBy, e.FeedbackAt = value, FeedbackByAdmin, a.Now()
		if err := signInEvents.Put(w, e); err != nil {
			return nil, err
		}
		return nil, a.record(w, &u, adminDeed(ctx, "auth_event_feedback"))
	})
}

// DeleteTOTP removes a user's authenticator app, and tells the owner. One who has
// none keeps having none.
func (a *Admin) DeleteTOTP(ctx context.Context, pool PoolID, username string) error {
	const op = "Admin.DeleteTOTP"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		_, u, err := a.load(w, op, pool, username)
		if err != nil {
			return nil, err
		}
		has, err := a.possessionsOf(w, &u)
		if err != nil || !slices.Contains(kindsOf(&has, &u), FactorTOTP) {
			return nil, err
		}
		return nil, a.remove(w, &u, FactorTOTP, "", adminDeed(ctx, "delete_software_token"))
	})
}
