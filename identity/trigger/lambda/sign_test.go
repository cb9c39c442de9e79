package lambda

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
)

// Signatures that github.com/aws/aws-sdk-go v1.55.8 makes of the same requests.
func TestRequestsAreSignedAsAWSSignsThem(t *testing.T) {
	key := trigger.AccessKey{Region: "eu-west-1", ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	fn := trigger.Function{InvokeURL: "https://lambda.eu-west-1.amazonaws.com/", Name: "arn:aws:lambda:eu-west-1:123456789012:function:pre/up"}
	for address, want := range map[string]string{
		invocation(fn): "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-invocation-type, Signature=8586bf084095fe48482ab234e7dd70fc614497b12a9f6da99a68b90aa52208b9",
		"https://abc.lambda-url.eu-west-1.on.aws/?b=2&a=1%20x": "content-type;host;x-amz-content-sha256;x-amz-date, Signature=eb1b4ae0bfc1681415719fcbfa1e12229b4f238613a443fe31e94caa2ddfd566",
	} {
		request, err := http.NewRequest(http.MethodPost, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if strings.Contains(address, "2015-03-31") {
			request.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
		}
		sign(request, []byte(`{"version":"1"}`), key, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
		want = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/lambda/aws4_request, SignedHeaders=" + want
		if got := request.Header.Get("Authorization"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", address, got, want)
		}
	}
}
