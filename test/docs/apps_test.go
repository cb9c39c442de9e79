package docs

import (
	"strings"
	"testing"
)

// TestAppsOfTheirOwn runs docs/cognito-apps.md as somebody with an Amplify app does.
func TestAppsOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := readPage(t, "docs/cognito-apps.md", "AWS_PAGER=", "NODE_NO_WARNINGS=1")
	p.serve(t)
	p.write(t, "app.mjs")
	if said := p.run(t, "").Done(t); !strings.Contains(said, "CONFIRM_SIGN_UP") {
		t.Fatalf("the sign-up says %q", said)
	}
	p.shell[0] = strings.Replace(p.shell[0], "123456", p.Server.Mail(t, ann, 1).Code(t), 1)
	if said := p.run(t, "").Done(t); strings.Count(said, "DONE") != 2 || !strings.Contains(said, "hello, "+ann) {
		t.Errorf("the sign-in says %q", said)
	}
	if said := p.run(t, "").Done(t); !strings.Contains(said, `"AccessToken"`) {
		t.Errorf("by hand it says %q", said)
	}
}
