package cognito

import "poolhouse.dev/identity"

// ListUserPoolsRequest is the input of ListUserPools.
type ListUserPoolsRequest struct {
	MaxResults int    `json:"MaxResults"`
	NextToken  string `json:"NextToken,omitempty"`
}

// ListUserPoolsResponse is its output; the default pool stands first.
type ListUserPoolsResponse struct {
	UserPools []PoolDescription `json:"UserPools"`
	NextToken string            `json:"NextToken,omitempty"`
}

// PoolDescription is UserPoolDescriptionType.
type PoolDescription struct {
	ID               identity.PoolID `json:"Id"`
	Name             string          `json:"Name"`
	LambdaConfig     *LambdaConfig   `json:"LambdaConfig,omitempty"`
	CreationDate     *Timestamp      `json:"CreationDate,omitempty"`
	LastModifiedDate *Timestamp      `json:"LastModifiedDate,omitempty"`
}
