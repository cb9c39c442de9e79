package cognito

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// awsCommand is Debian's awscli. What another package manager put before it in PATH
// is another version, or none.
const awsCommand = "/usr/bin/aws"

// cli runs `aws cognito-idp …` with a key, and answers what it printed.
type cli struct {
	server *kit.Server
	env    []string
}

func newCLI(t testing.TB, s *kit.Server) *cli {
	t.Helper()
	if _, err := os.Stat(awsCommand); err != nil {
		t.Fatalf("the aws command is not here: run `make deps`, or install Debian's package awscli: %v", err)
	}
	return &cli{server: s, env: []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + keySecret,
		"AWS_DEFAULT_REGION=" + region, "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1"}}
}

func (c *cli) run(t testing.TB, args ...string) (out, said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*kit.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, awsCommand, append([]string{"cognito-idp", "--endpoint-url", c.server.URL, "--output", "json"}, args...)...)
	cmd.Env = c.env
	var wrong strings.Builder
	cmd.Stderr = &wrong
	text, err := cmd.Output()
	return string(text), wrong.String(), err
}

func (c *cli) does(t testing.TB, args ...string) answer {
	t.Helper()
	out, said, err := c.run(t, args...)
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	if strings.TrimSpace(out) == "" {
		return answer("{}") // what answers nothing prints nothing
	}
	if !json.Valid([]byte(out)) {
		t.Fatalf("aws %s prints %s", strings.Join(args, " "), out)
	}
	return answer(out)
}

func (c *cli) fails(t testing.TB, want string, args ...string) {
	t.Helper()
	if _, said, err := c.run(t, args...); err == nil || !strings.Contains(said, "("+want+")") {
		t.Fatalf("aws %s: %v, %s; want %s", strings.Join(args, " "), err, said, want)
	}
}

// TestAWSCommand is an operator at a terminal, from an empty pool to people in it.
func TestAWSCommand(t *testing.T) {
	t.Parallel()
	c := newCLI(t, start(t))
	pool := c.does(t, "create-user-pool", "--pool-name", "Terminal", "--auto-verified-attributes", "email", "--username-attributes", "email",
		"--policies", "PasswordPolicy={MinimumLength=9}").at(t, "UserPool", "Id")
	client := c.does(t, "create-user-pool-client", "--user-pool-id", pool, "--client-name", "app", "--explicit-auth-flows",
		"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH").at(t, "UserPoolClient", "ClientId")
	t.Run("pools", func(t *testing.T) {
		t.Parallel()
		c.does(t, "describe-user-pool", "--user-pool-id", pool).is(t, "Terminal", "UserPool", "Name").is(t, "9", "UserPool", "Policies", "PasswordPolicy", "MinimumLength")
		c.does(t, "list-user-pools", "--max-results", "60")
		c.fails(t, "ResourceNotFoundException", "describe-user-pool", "--user-pool-id", "local_nowhere")
	})
	t.Run("users, listed page by page", func(t *testing.T) { t.Parallel(); cliUsers(t, c, pool) })
	t.Run("signing up and in", func(t *testing.T) { t.Parallel(); cliSignIn(t, c, client) })
	t.Run("a key that only reads", func(t *testing.T) { t.Parallel(); cliReads(t, c, pool) })
}

func cliUsers(t *testing.T, c *cli, pool string) {
	names := map[string]bool{"u1@example.test": true, "u2@example.test": true, "u3@example.test": true}
	for name := range names {
		c.does(t, "admin-create-user", "--user-pool-id", pool, "--username", name, "--message-action", "SUPPRESS",
			"--user-attributes", "Name=email,Value="+name, "Name=email_verified,Value=true").is(t, "FORCE_CHANGE_PASSWORD", "User", "UserStatus")
	}
	found := c.does(t, "list-users", "--user-pool-id", pool, "--page-size", "1", "--filter", `email ^= "u"`).list(t, "Users")
	if len(found) != len(names) { // the command itself asks for the pages
		t.Errorf("page by page there are %d users", len(found))
	}
	first := c.does(t, "list-users", "--user-pool-id", pool, "--max-items", "1", "--page-size", "1")
	if len(first.list(t, "Users")) != 1 || first.at(t, "NextToken") == "" {
		t.Errorf("the first page is %s", first)
	}
	rest := c.does(t, "list-users", "--user-pool-id", pool, "--page-size", "1", "--starting-token", first.at(t, "NextToken"))
	if len(rest.list(t, "Users")) < 2 {
		t.Errorf("the rest is %s", rest)
	}
}

func cliSignIn(t *testing.T, c *cli, client string) {
	name := "zoe@example.test"
	c.does(t, "sign-up", "--client-id", client, "--username", name, "--password", password, "--user-attributes", "Name=email,Value="+name)
	c.does(t, "confirm-sign-up", "--client-id", client, "--username", name, "--confirmation-code", c.server.Mail(t, name, 1).Code(t))
	in := c.does(t, "initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters", "USERNAME="+name+",PASSWORD="+password)
	in.is(t, "3600", "AuthenticationResult", "ExpiresIn")
	c.does(t, "get-user", "--access-token", in.at(t, "AuthenticationResult", "AccessToken"))
	c.does(t, "initiate-auth", "--client-id", client, "--auth-flow", "REFRESH_TOKEN_AUTH", "--auth-parameters",
		"REFRESH_TOKEN="+in.at(t, "AuthenticationResult", "RefreshToken")).is(t, "Bearer", "AuthenticationResult", "TokenType")
	c.fails(t, "NotAuthorizedException", "initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters",
		"USERNAME="+name+",PASSWORD=wrong")
}

func cliReads(t *testing.T, c *cli, pool string) {
	reader := &cli{server: c.server, env: append([]string{}, c.env...)}
	reader.env = append(reader.env, "AWS_ACCESS_KEY_ID="+readID, "AWS_SECRET_ACCESS_KEY="+readSecret)
	reader.does(t, "describe-user-pool", "--user-pool-id", pool)
	reader.fails(t, "AccessDeniedException", "delete-user-pool", "--user-pool-id", pool)
	reader.env = append(reader.env, "AWS_SECRET_ACCESS_KEY="+keySecret)
	reader.fails(t, "InvalidSignatureException", "describe-user-pool", "--user-pool-id", pool)
}
