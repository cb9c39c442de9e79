package cognito

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito/model"
)

// exceptionNames are all that stand in the package, in whatever operation.
func exceptionNames(t *testing.T) []string {
	t.Helper()
	parsed, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(parsed["cognito"], func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if name, err := strconv.Unquote(lit.Value); err == nil && strings.HasSuffix(name, "Exception") && !strings.ContainsAny(name, " .") {
				names = append(names, name)
			}
		}
		return true
	})
	slices.Sort(names)
	return slices.Compact(names)
}

func TestAnOperationAnswersWhatItDeclares(t *testing.T) {
	names := exceptionNames(t)
	for _, code := range identity.Codes() {
		names = append(names, refused(&identity.Error{Code: code}).Type)
	}
	if len(names) < 60 {
		t.Fatalf("only %d names were found", len(names))
	}
	for target := range operations {
		name, ofCognito := strings.CutPrefix(target, Target)
		one, _ := model.Of(name)
		for _, each := range names {
			got := declared(target, exception(each, "why"))
			if ofCognito && !one.Declares(got.Type) && !slices.Contains(everywhere, got.Type) {
				t.Errorf("%s answers %s for %s, which it does not declare", name, got.Type, each)
			}
			if got.Message != "why" || !ofCognito && got.Type != each {
				t.Errorf("%s turns %s into %+v", target, each, got)
			}
		}
	}
}

func TestWhatAnOperationDeclaresStays(t *testing.T) {
	for operation, want := range map[string]map[string]string{
		"InitiateAuth":       {"UserNotConfirmedException": "UserNotConfirmedException", "CodeMismatchException": "InvalidParameterException"},
		"RevokeToken":        {"ResourceNotFoundException": "UnauthorizedException", "NotAuthorizedException": "UnauthorizedException"},
		"ChangePassword":     {"PasswordHistoryPolicyViolationException": "PasswordHistoryPolicyViolationException"},
		"SignUp":             {"PasswordHistoryPolicyViolationException": "InvalidPasswordException", "TooManyRequestsException": "TooManyRequestsException"},
		"ListUsers":          {"AccessDeniedException": "AccessDeniedException", "UnsupportedUserStateException": "InvalidParameterException"},
		"GetUserAuthFactors": {"UserNotFoundException": "UserNotFoundException"},
	} {
		for from, to := range want {
			if got := declared(Target+operation, exception(from, "")).Type; got != to {
				t.Errorf("%s answers %s for %s, want %s", operation, got, from, to)
			}
		}
	}
}
