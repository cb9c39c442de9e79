package cognito

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
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
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if name, ok := exceptionName(n); ok {
				names = append(names, name)
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func exceptionName(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	name, err := strconv.Unquote(lit.Value)
	return name, err == nil && strings.HasSuffix(name, "Exception") && !strings.ContainsAny(name, " .")
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
