package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// Import answers the user as the core takes one.
func (u *UserSettings) Import(pool identity.PoolID) identity.ImportUser {
	return identity.ImportUser{Pool: pool, Username: u.Username, Attributes: u.Attributes, Password: string(u.Password), PasswordHash: string(u.PasswordHash), Groups: u.Groups}
}

// createUser makes a user as the file describes one, in one transaction.
func (a *applying) createUser(ctx context.Context, pool identity.PoolID, want UserSettings) error {
	_, _, err := a.Admin.ImportUser(ctx, want.Import(pool))
	return err
}
