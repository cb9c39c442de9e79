package cognito

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTwoSecretsOfAClient(t *testing.T) {
	s := start(t)
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "web", GenerateSecret: true, ClientMembers: ClientMembers{CallbackURLs: []string{"http://127.0.0.1/"}}}, &c)
	id := c.UserPoolClient.ClientID
	var list ListUserPoolClientSecretsResponse
	s.calls(Target+"ListUserPoolClientSecrets", OneClient{pool, id}, &list)
	if len(list.ClientSecrets) != 1 || list.ClientSecrets[0].ClientSecretValue != "" || list.ClientSecrets[0].ClientSecretCreateDate == nil {
		t.Fatalf("listed %+v", list)
	}
	first := list.ClientSecrets[0].ClientSecretID
	last := OneClientSecret{pool, id, first}
	if _, kind, _ := s.says(Target+"DeleteUserPoolClientSecret", body(t, last)); !strings.Contains(kind, "InvalidParameterException") {
		t.Errorf("the last is deleted: %s", kind)
	}
	var made ClientSecretResponse
	s.calls(Target+"AddUserPoolClientSecret", AddUserPoolClientSecretRequest{UserPoolID: pool, ClientID: id}, &made)
	if d := made.ClientSecretDescriptor; d.ClientSecretID == first || len(d.ClientSecretValue) < 24 || d.ClientSecretCreateDate == nil {
		t.Errorf("made %+v", d)
	}
	if _, kind, _ := s.says(Target+"AddUserPoolClientSecret", body(t, OneClient{pool, id})); !strings.Contains(kind, "LimitExceededException") {
		t.Errorf("a third: %s", kind)
	}
	s.calls(Target+"DeleteUserPoolClientSecret", last, nil)
	if _, kind, _ := s.says(Target+"DeleteUserPoolClientSecret", body(t, last)); !strings.Contains(kind, "ResourceNotFoundException") {
		t.Errorf("deleted twice: %s", kind)
	}
	s.calls(Target+"DescribeUserPoolClient", OneClient{pool, id}, &c)
	if c.UserPoolClient.ClientSecret != made.ClientSecretDescriptor.ClientSecretValue {
		t.Error("the second did not take the place of the first")
	}
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "spa", ClientMembers: ClientMembers{CallbackURLs: []string{"http://127.0.0.1/"}}}, &c)
	if _, kind, _ := s.says(Target+"AddUserPoolClientSecret", body(t, OneClient{pool, c.UserPoolClient.ClientID})); !strings.Contains(kind, "InvalidParameterException") {
		t.Errorf("of a public client: %s", kind)
	}
}

func body(t *testing.T, in any) string {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestASecretOfOnesOwnIsLongEnough(t *testing.T) {
	s := start(t)
	s.refuses("CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"x","ClientSecret":"0123456789abcdefghijklm"}`, "InvalidParameterException", "24")
	s.refuses("CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"x","GenerateSecret":true,"ClientSecret":"0123456789abcdefghijklmn"}`, "InvalidParameterException", "beside GenerateSecret")
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "x", ClientSecret: "0123456789abcdefghijklmn"}, &c)
	if c.UserPoolClient.ClientSecret != "0123456789abcdefghijklmn" {
		t.Errorf("the secret is %q", string(c.UserPoolClient.ClientSecret))
	}
}
