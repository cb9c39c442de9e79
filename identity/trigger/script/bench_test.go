package script_test

import (
	"context"
	"testing"

	"github.com/dop251/goja"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

const benched = `exports.handler = async (event) => {
	if (event.request.userAttributes.email.endsWith("@example.test")) event.response.autoConfirmUser = true;
	return event;
};`

// BenchmarkTrigger is a warm handler from the event's JSON to the answer's.
func BenchmarkTrigger(b *testing.B) {
	e := script.New(script.Options{})
	path := handler(b, benched)
	ask := trigger.Ask{ID: "0198", Call: trigger.Call{Kind: trigger.PreSignUp}, Body: []byte(asked)}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Invoke(ctx, trigger.Function{Path: path}, ask); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareEngine is the limit beside it: the same handler, compiled, in a new
// engine of goja's with nothing around it.
func BenchmarkBareEngine(b *testing.B) {
	program := goja.MustCompile("bare", "const exports = {};"+benched+"(text) => exports.handler(JSON.parse(text)).then((event) => JSON.stringify(event))", true)
	b.ReportAllocs()
	for b.Loop() {
		js := goja.New()
		run, err := js.RunProgram(program)
		if err != nil {
			b.Fatal(err)
		}
		call, _ := goja.AssertFunction(run)
		answer, err := call(goja.Undefined(), js.ToValue(asked))
		if err != nil || answer.Export().(*goja.Promise).Result().String() == "" {
			b.Fatal(answer, err)
		}
	}
}

// BenchmarkReused is what sharing one engine between calls would gain.
func BenchmarkReused(b *testing.B) {
	js := goja.New()
	run, err := js.RunProgram(goja.MustCompile("bare", "const exports = {};"+benched+"(text) => exports.handler(JSON.parse(text)).then((event) => JSON.stringify(event))", true))
	if err != nil {
		b.Fatal(err)
	}
	call, _ := goja.AssertFunction(run)
	for b.Loop() {
		if _, err := call(goja.Undefined(), js.ToValue(asked)); err != nil {
			b.Fatal(err)
		}
	}
}
