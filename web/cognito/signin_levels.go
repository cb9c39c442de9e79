package cognito

import (
	"context"
	"strconv"
	"strings"
	"time"

	"poolhouse.dev/identity"
)

// stepUp reads how strongly the person is to sign in, and the earlier sign-in whose
// factors count.
func (t *talk) stepUp(ctx context.Context) (st identity.Start, err error) {
	if t.said["TARGET_ACR_VALUES"] != "" {
		st.Levels = t.pool.Levels(strings.Fields(t.said["TARGET_ACR_VALUES"]))
		if len(st.Levels) == 0 {
			return st, exception("InvalidParameterException", "TARGET_ACR_VALUES names no authentication level of this user pool.")
		}
	}
	age, err := t.maxAge()
	if err != nil || t.said["ACCESS_TOKEN"] == "" {
		return st, err
	}
	if len(st.Levels) == 0 {
		return st, exception("InvalidParameterException", "Missing required parameter TARGET_ACR_VALUES")
	}
	who, err := t.personOf(ctx, Secret(t.said["ACCESS_TOKEN"]))
	st.Upgrade = &identity.Upgrade{Of: who.auth, MaxAge: age}
	return st, err
}

// longestAge bounds MAX_AGE, in seconds: nobody signed in longer ago.
const longestAge = 1<<31 - 1

func (t *talk) maxAge() (*time.Duration, error) {
	if t.said["MAX_AGE"] == "" {
		return nil, nil
	}
	seconds, err := strconv.Atoi(t.said["MAX_AGE"])
	if err != nil || seconds < 0 || seconds > longestAge {
		return nil, exception("InvalidParameterException", "MAX_AGE must be a number of seconds.")
	}
	age := time.Duration(seconds) * time.Second
	return &age, nil
}
