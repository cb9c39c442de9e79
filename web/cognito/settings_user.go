package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// createUser makes a user as the file describes one, in one transaction.
func (a *applying) createUser(ctx context.Context, pool identity.PoolID, want UserSettings) error {
	_, _, err := a.Admin.ImportUser(ctx, identity.ImportUser{
		Pool: pool, Username: want.Username, Attributes: want.Attributes, Password: string(want.Password), Groups: want.Groups,
	})
	return err
}
