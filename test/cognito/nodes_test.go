package cognito

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/test/kit"
)

// TestAttackReplayOnASecondNode: what is good once is spent for every node. The two
// are processes of their own on one PostgreSQL, behind one address.
func TestAttackReplayOnASecondNode(t *testing.T) {
	t.Parallel()
	dsn := kit.Postgres(t)
	first := kit.Prepare(t, forAPI, func(config kit.Map) { config["storage"] = dsn })
	first.Env = append(first.Env, kit.SharedKey)
	first.Run(t)
	second := first.Beside(t)
	second.Run(t)
	here, there := newGoSDK(first, keyID, keySecret), newGoSDK(first, keyID, keySecret)
	there.wire.client = atNode(second)
	t.Run("a signature that was captured", func(t *testing.T) { replaySignature(t, here, first, second) })
	t.Run("a Session that was answered", func(t *testing.T) { replaySession(t, here, there) })
}

// atNode calls from another address than the tests do: whoever captured something
// is somebody else, and at the same address a client may repeat itself.
func atNode(s *kit.Server) *http.Client {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, 9)}}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return from.DialContext(ctx, "tcp", s.Address)
	}}}
}

// again sends the last request to a node as it was, and answers the exception.
func (w *wire) again(t *testing.T, at *kit.Server) string {
	t.Helper()
	req := w.sent.Clone(context.Background())
	req.Body = io.NopCloser(bytes.NewReader(w.body))
	res, err := atNode(at).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.Header.Get("x-amzn-ErrorType")
}

func replaySignature(t *testing.T, g *goSDK, first, second *kit.Server) {
	group := &cip.CreateGroupInput{UserPoolId: &g.pool, GroupName: to("captured")}
	do(t, g, g.CreateGroup, group)
	do(t, g, g.DeleteGroup, &cip.DeleteGroupInput{UserPoolId: &g.pool, GroupName: group.GroupName})
	do(t, g, g.CreateGroup, group)
	for _, node := range []*kit.Server{second, first, second} {
		if got := g.wire.again(t, node); got != "InvalidSignatureException" {
			t.Errorf("sent again to %s: %q", node.Address, got)
		}
	}
	do(t, g, g.ListUsers, &cip.ListUsersInput{UserPoolId: &g.pool})
	if got := g.wire.again(t, second); got != "" {
		t.Errorf("what only reads: %q", got)
	}
}

func replaySession(t *testing.T, here, there *goSDK) {
	name := somebody()
	do(t, here, here.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &here.pool, Username: &name, MessageAction: "SUPPRESS", TemporaryPassword: to(password),
		UserAttributes: attributes("email", name, "email_verified", "true")})
	asked := do(t, here, here.InitiateAuth, &cip.InitiateAuthInput{AuthFlow: "USER_PASSWORD_AUTH", ClientId: &here.client,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password}})
	answer := &cip.RespondToAuthChallengeInput{ChallengeName: asked.ChallengeName, ClientId: &here.client, Session: asked.Session,
		ChallengeResponses: map[string]string{"USERNAME": name, "NEW_PASSWORD": "Quince-harbour-9"}}
	if in := do(t, there, there.RespondToAuthChallenge, answer); in.AuthenticationResult == nil || aws.ToString(in.AuthenticationResult.AccessToken) == "" {
		t.Fatalf("the other node answers %+v", in)
	}
	refuses(t, here, "NotAuthorizedException", here.RespondToAuthChallenge, answer)
	refuses(t, there, "NotAuthorizedException", there.RespondToAuthChallenge, answer)
}
