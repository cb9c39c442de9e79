package trigger

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// Function is where the code of a trigger is. Exactly one of Path, URL,
// FunctionURL and InvokeURL is set.
type Function struct {
	Target string // what lambda_config names

	// Pools may have it attached by a key for them alone: those that the file names,
	// Bound then and nobody else's, or else those of the file that have it attached.
	Pools []string
	Bound bool

	// Path is an absolute path of a JavaScript or TypeScript file, or of a folder
	// of them, which is run in this process. Environment is its process.env.
	Path        string
	Environment map[string]string

	// URL takes the event as a webhook, signed with Secret (Standard Webhooks,
	// whsec_…).
	URL    string
	Secret string

	// FunctionURL is a Lambda function's own URL. InvokeURL is an endpoint of the
	// Lambda Invoke API, and Name the function's there. Both are signed with the
	// access key, if there is one.
	FunctionURL string
	InvokeURL   string
	Name        string
	Key         AccessKey
}

// AccessKey signs requests to AWS (Signature Version 4).
type AccessKey struct {
	Region string
	ID     string
	Secret string
}

// Functions knows where the targets of lambda_config are.
type Functions struct {
	Folder      string              // what relative paths are relative to
	Secret      string              // signs what is sent to URLs of lambda_config
	Environment map[string]string   // of the scripts that lambda_config names
	Mapped      map[string]Function // by ARN
}

// Of answers where a target is; the error says what to do about it.
func (f *Functions) Of(target string) (Function, error) {
	switch {
	case IsARN(target):
		mapped, ok := f.Mapped[target]
		if !ok {
			return Function{}, fmt.Errorf("the configuration file maps no function %s: add it to triggers.functions", target)
		}
		mapped.Target = target
		return mapped, nil
	case IsURL(target):
		if f.Secret == "" {
			return Function{}, fmt.Errorf("nothing signs what is sent to %s: set triggers.secret", Shown(target))
		}
		return Function{Target: target, URL: target, Secret: f.Secret}, nil
	}
	return Function{Target: target, Path: f.Beside(target), Environment: f.Environment}, nil
}

// Beside answers a path as seen from Folder.
func (f *Functions) Beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.Folder, path)
}

// IsARN tells an ARN from the other targets.
func IsARN(target string) bool { return strings.HasPrefix(target, "arn:") }

// IsURL tells an http or https URL from the other targets.
func IsURL(target string) bool {
	return strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://")
}

// Shown answers a target without what may be a secret: the user and the query
// of a URL.
func Shown(target string) string {
	if !IsURL(target) {
		return target
	}
	u, err := url.Parse(target)
	if err != nil {
		return "a URL that cannot be read"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
