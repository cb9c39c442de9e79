package script

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// What browsers and Node have and the language has not is written in JavaScript
// over a few functions of Go, one file a subject. Each is compiled when a handler
// first names something of it.
//
//go:embed prelude/*.js
var prelude embed.FS

// modules are the modules of Node that are offered, and the file of each.
var modules = map[string]string{"buffer": "buffer", "crypto": "crypto", "url": "url", "util": "util", "process": "process", "timers": "timers"}

func offered() string {
	return "Node's " + strings.Join(slices.Sorted(maps.Keys(modules)), ", ")
}

// globals are names that are there when they are first used, and the file of each.
var globals = map[string]string{
	"Buffer": "buffer", "atob": "buffer", "btoa": "buffer", "TextEncoder": "buffer", "TextDecoder": "buffer",
	"URL": "url", "URLSearchParams": "url",
	"fetch": "web", "Headers": "web", "Response": "web", "AbortController": "web", "AbortSignal": "web", "structuredClone": "web",
	"crypto": "webcrypto",
}

var programs = struct {
	sync.Mutex
	compiled map[string]*goja.Program
}{compiled: map[string]*goja.Program{}}

// programOf compiles a file of the prelude once in the process.
func programOf(file string) (*goja.Program, error) {
	programs.Lock()
	defer programs.Unlock()
	if p := programs.compiled[file]; p != nil {
		return p, nil
	}
	text, err := prelude.ReadFile("prelude/" + file + ".js")
	if err != nil {
		return nil, err
	}
	p, err := goja.Compile("node:"+file, "(function (native, require, exports) {"+string(text)+"\n})", true)
	if err == nil {
		programs.compiled[file] = p
	}
	return p, err
}

// part answers what a file of the prelude exports.
func (m *machine) part(file string) (goja.Value, error) {
	if there := m.loaded[file]; there != nil {
		return there, nil
	}
	program, err := programOf(file)
	if err != nil {
		return nil, err
	}
	wrapped, err := m.js.RunProgram(program)
	if err != nil {
		return nil, err
	}
	run, _ := goja.AssertFunction(wrapped)
	native, err := m.native()
	if err != nil {
		return nil, err
	}
	exports := m.js.NewObject()
	m.loaded[file] = exports
	_, err = run(exports, native, m.js.ToValue(m.inner), exports)
	return exports, err
}

// inner is how files of the prelude import one another.
func (m *machine) inner(call goja.FunctionCall) goja.Value {
	part, err := m.part(call.Argument(0).String())
	if err != nil {
		panic(err)
	}
	return part
}

// require answers a module of Node.
func (m *machine) require(call goja.FunctionCall) goja.Value {
	name := call.Argument(0).String()
	file := modules[strings.TrimPrefix(name, "node:")]
	if file == "" {
		panic(m.js.NewTypeError(fmt.Sprintf("cannot require %q: there are files of the handler's folder and %s", name, offered())))
	}
	part, err := m.part(file)
	if err != nil {
		panic(err)
	}
	return part
}

// furnish gives the machine what handlers expect to find.
func (m *machine) furnish() error {
	m.loaded = map[string]goja.Value{}
	world := m.js.GlobalObject()
	var failed error
	set := func(on *goja.Object, name string, value any) {
		failed = errors.Join(failed, on.DefineDataProperty(name, m.js.ToValue(value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	}
	printer, log := m.js.NewObject(), m.js.ToValue(m.log)
	for _, name := range []string{"log", "info", "warn", "error", "debug", "trace", "dir"} {
		set(printer, name, log)
	}
	nothing := m.js.ToValue(func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	for _, name := range []string{"time", "timeEnd", "timeLog", "group", "groupEnd", "assert", "count", "table"} {
		set(printer, name, nothing)
	}
	set(world, "console", printer)
	set(world, "global", world)
	set(world, "process", m.process())
	set(world, "setTimeout", m.setTimer(false, true))
	set(world, "setInterval", m.setTimer(true, true))
	set(world, "setImmediate", m.setTimer(false, false))
	set(world, "queueMicrotask", m.microtask)
	for _, name := range []string{"clearTimeout", "clearInterval", "clearImmediate"} {
		set(world, name, m.clearTimer)
	}
	for name, file := range globals {
		failed = errors.Join(failed, m.lazy(world, name, file))
	}
	return errors.Join(failed, m.guard())
}

// lazy defines a name that is loaded when it is first used.
func (m *machine) lazy(world *goja.Object, name, file string) error {
	replace := func(value goja.Value) {
		if err := world.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
	get := m.js.ToValue(func(goja.FunctionCall) goja.Value {
		part, err := m.part(file)
		if err != nil {
			panic(err)
		}
		value := part.ToObject(m.js).Get(name)
		replace(value)
		return value
	})
	set := m.js.ToValue(func(call goja.FunctionCall) goja.Value { replace(call.Argument(0)); return goja.Undefined() })
	return world.DefineAccessorProperty(name, get, set, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// process has the environment that the configuration gives, and nothing of the
// server's own.
func (m *machine) process() *goja.Object {
	p, env := m.js.NewObject(), m.js.NewObject()
	for name, value := range m.fn.Environment {
		_ = env.Set(name, value) // a new object takes any text
	}
	for name, value := range map[string]any{
		"env": env, "version": "v22.0.0", "platform": "linux", "arch": "x64", "argv": []string{}, "nextTick": m.microtask,
		"cwd": func() string { return "/var/task" }, "on": func() {}, "emitWarning": func() {},
	} {
		_ = p.Set(name, value)
	}
	return p
}

// microtask is queueMicrotask.
func (m *machine) microtask(call goja.FunctionCall) goja.Value {
	fn, ok := goja.AssertFunction(call.Argument(0))
	if !ok {
		panic(m.js.NewTypeError("the first argument is not a function"))
	}
	promise, resolve, _ := m.js.NewPromise()
	then, _ := goja.AssertFunction(m.js.ToValue(promise).ToObject(m.js).Get("then"))
	args := call.Arguments[1:]
	_, err := then(m.js.ToValue(promise), m.js.ToValue(func(goja.FunctionCall) goja.Value {
		if _, err := fn(goja.Undefined(), args...); err != nil {
			panic(err)
		}
		return goja.Undefined()
	}))
	if err = errors.Join(err, resolve(goja.Undefined())); err != nil {
		panic(err)
	}
	return goja.Undefined()
}
