package identity

import "time"

// The limits of what apps ask for; package oauth takes from them. They stand here so
// that an administrator sees and clears them like all others.
//
// RFC 8628 §5.1: how often user codes may be guessed. Twelve a quarter of an hour for
// a network, and for all of them a thousand and one a second: with 20^8 codes, and a
// thousand of them alive, that is a chance of one in ten thousand.
var (
	WrongUserCodes       = Limit{Name: "user_code", Burst: 10, Every: time.Minute, By: ByAddress}
	WrongUserCodesOfPool = Limit{Name: "user_code_pool", Burst: 1000, Every: time.Second, By: ByPool}
	// DeviceRequests, PushedRequests and BackchannelRequests bound what anybody may have
	// stored who needs prove nothing, or registered a client to prove something with.
	DeviceRequests      = Limit{Name: "device_request", Burst: 60, Every: 5 * time.Second, By: ByAddress}
	PushedRequests      = Limit{Name: "pushed_request", Burst: 120, Every: time.Second, By: ByAddress}
	BackchannelRequests = Limit{Name: "ciba_address", Burst: 60, Every: 5 * time.Second, By: ByAddress}
	// ApprovalRequests bound how often one person is asked, UnknownHints how often a
	// client asks for nobody.
	ApprovalRequests = Limit{Name: "ciba_user", Burst: 6, Every: 10 * time.Minute, By: ByUser}
	UnknownHints     = Limit{Name: "ciba_unknown", Burst: 20, Every: time.Minute, By: ByClient}
	// WrongSecrets bound the guessing of a client's secret from one address (RFC 6749
	// §2.3.1: the server must protect the endpoint against brute force).
	WrongSecrets = Limit{Name: "client_secret", Burst: 20, Every: 3 * time.Second, By: ByClientAddress}
)

func appLimits() []Limit {
	return []Limit{
		WrongUserCodes, WrongUserCodesOfPool, DeviceRequests, PushedRequests, BackchannelRequests, ApprovalRequests, UnknownHints, WrongSecrets,
	}
}

// What limits of apps are counted as; "" where there is no address.

// PoolKey is what a pool is counted as.
func PoolKey(pool PoolID) string { return string(pool) }

// UserKey is what a user is counted as.
func UserKey(pool PoolID, user UserID) string { return personKey(pool, user) }

// ClientKey is what an app client is counted as.
func ClientKey(pool PoolID, client ClientID) string { return clientKey(pool, client) }

// ClientAddressKey is what an app client at a network is counted as (Network).
func ClientAddressKey(pool PoolID, client ClientID, network string) string {
	if network == "" {
		return ""
	}
	return clientKey(pool, client) + " " + network
}
