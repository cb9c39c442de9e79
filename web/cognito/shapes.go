package cognito

import "poolhouse.dev/identity"

// Pair is AttributeType: a user's attribute, or one of a trigger's inputs.
type Pair struct {
	Name  string `json:"Name"`
	Value string `json:"Value,omitempty"`
}

// User is UserType.
type User struct {
	Username             string          `json:"Username"`
	Attributes           []Pair          `json:"Attributes,omitempty"`
	UserCreateDate       *Timestamp      `json:"UserCreateDate,omitempty"`
	UserLastModifiedDate *Timestamp      `json:"UserLastModifiedDate,omitempty"`
	Enabled              bool            `json:"Enabled"`
	UserStatus           identity.Status `json:"UserStatus"`
}

// OneUser is the input of every operation that is about one user and needs no more.
type OneUser struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
}

// OnePool is the input of operations about one pool.
type OnePool struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
}

// The largest pages (Cognito QueryLimitType).
const maxPage = 60
