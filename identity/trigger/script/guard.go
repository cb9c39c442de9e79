package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"poolhouse.dev/identity/trigger"
)

// A built-in function cannot be interrupted: Array.prototype.fill over four
// billion holes ends when it ends, 'x'.repeat(2**40) takes what it takes. So
// those that can work long or build much from little are bounded here, far above
// what an event or its answer has.
const (
	maxText  = 8 << 20 // UTF-16 units that one call builds
	maxItems = 1 << 20 // elements that one call goes through or builds
	maxBytes = 32 << 20
	maxArgs  = 1 << 16 // of apply
	maxCode  = 4 << 10 // of eval and Function, whose parser recurses
	maxNest  = 500     // of JSON that is read
)

// A regular expression that backtracks for ever would not be interrupted either.
// The package has one bound for everybody; nobody else here uses it. The engine
// takes a match that was ended so for none, so the bound is no shorter than a
// try: the handler has been stopped by then and never sees it.
var boundRegexps = sync.OnceFunc(func() { regexp2.DefaultMatchTimeout = trigger.TryTime })

// bound is what a call must hold before a built-in function runs.
type bound func(m *machine, call goja.FunctionCall) bool

// texts are the functions of String.prototype that build more than they are given.
var texts = map[string]bound{
	"repeat": func(_ *machine, call goja.FunctionCall) bool {
		return product(length(call.This), call.Argument(0).ToInteger()) <= maxText
	},
	"padStart":   padBound,
	"padEnd":     padBound,
	"replace":    replaceBound,
	"replaceAll": replaceBound,
	"split":      func(_ *machine, call goja.FunctionCall) bool { return length(call.This) <= maxItems },
}

func padBound(_ *machine, call goja.FunctionCall) bool {
	return call.Argument(0).ToInteger() <= maxText
}

func replaceBound(_ *machine, call goja.FunctionCall) bool {
	if _, calls := goja.AssertFunction(call.Argument(1)); calls {
		return true
	}
	text, with := call.This.String(), call.Argument(1).String()
	if pattern, isObject := call.Argument(0).(*goja.Object); !isObject && pattern == nil {
		return product(int64(strings.Count(text, call.Argument(0).String()))+1, int64(len(with)))+int64(len(text)) <= maxText
	}
	spans := 1 + int64(strings.Count(with, "$"))*int64(len(text))
	return product(int64(len(text))+1, int64(len(with))+spans) <= 64*maxText
}

func listBound(_ *machine, call goja.FunctionCall) bool {
	total := length(call.This)
	for _, arg := range call.Arguments {
		if _, is := arg.(*goja.Object); is {
			total += length(arg)
		}
	}
	return total <= maxItems
}

// joinBound adds up the texts: a million references to one are short.
func joinBound(_ *machine, call goja.FunctionCall) bool {
	list, ok := call.This.(*goja.Object)
	items := length(call.This)
	if !ok || items > maxItems {
		return !ok
	}
	between := 1
	if separator := call.Argument(0); !goja.IsUndefined(separator) {
		between = len(separator.String())
	}
	total := product(items, int64(between))
	for i := int64(0); i < items && total <= maxText; i++ {
		if item := list.Get(fmt.Sprint(i)); item != nil {
			total += length(item)
		}
	}
	return total <= maxText
}

func argsBound(at int) bound {
	return func(_ *machine, call goja.FunctionCall) bool { return length(call.Argument(at)) <= maxArgs }
}

func nestBound(_ *machine, call goja.FunctionCall) bool {
	depth, quoted, text := 0, false, call.Argument(0).String()
	for i := 0; i < len(text) && depth <= maxNest; i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
	}
	return depth <= maxNest
}

// length answers how long something is that has a length; 0 for all else.
func length(v goja.Value) int64 {
	switch v := v.(type) {
	case *goja.Object:
		if n := v.Get("length"); n != nil {
			return n.ToInteger()
		}
		return 0
	case goja.String:
		return int64(v.Length())
	}
	return 0
}

// product is a*b without overflow, for what is compared with a bound.
func product(a, b int64) int64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	if a > (1<<62)/b {
		return 1 << 62
	}
	return a * b
}

// freely are functions of Array.prototype that go through nothing.
var freely = []string{"constructor", "at", "push", "pop", "keys", "values", "entries"}

// guard puts the bounds in the place of the built-in functions.
func (m *machine) guard() error {
	boundRegexps()
	var failed error
	bind := func(on *goja.Object, name string, within bound) {
		failed = errors.Join(failed, m.bind(on, name, within))
	}
	for name, within := range texts {
		bind(m.prototype("String"), name, within)
	}
	lists := m.prototype("Array")
	for _, name := range lists.GetOwnPropertyNames() {
		if _, callable := goja.AssertFunction(lists.Get(name)); callable && !slices.Contains(freely, name) {
			bind(lists, name, listBound)
		}
	}
	bind(lists, "join", joinBound)
	bind(m.js.Get("Array").ToObject(m.js), "from", func(_ *machine, call goja.FunctionCall) bool { return length(call.Argument(0)) <= maxItems })
	bind(m.prototype("Function"), "apply", argsBound(1))
	bind(m.js.Get("Reflect").ToObject(m.js), "apply", argsBound(2))
	bind(m.js.Get("Reflect").ToObject(m.js), "construct", argsBound(1))
	bind(m.js.Get("JSON").ToObject(m.js), "parse", nestBound)
	return errors.Join(failed, m.guardBuffers(), m.guardCode())
}

func (m *machine) prototype(class string) *goja.Object {
	return m.js.Get(class).ToObject(m.js).Get("prototype").ToObject(m.js)
}

// bind puts within before a function.
func (m *machine) bind(on *goja.Object, name string, within bound) error {
	original, ok := goja.AssertFunction(on.Get(name))
	if !ok {
		return nil // this engine has none
	}
	checked := m.js.ToValue(func(call goja.FunctionCall) goja.Value {
		if !within(m, call) {
			panic(m.tooMuch(name))
		}
		value, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	})
	return on.DefineDataProperty(name, checked, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (m *machine) tooMuch(name string) *goja.Object {
	thrown, err := m.js.New(m.js.Get("RangeError"), m.js.ToValue(name+": more than a handler may build at once"))
	if err != nil {
		panic(err)
	}
	return thrown
}

// functions answers the prototypes of the functions that no global names.
var functions = goja.MustCompile("functions", "[async function () {}, function* () {}].map(Object.getPrototypeOf)", true)

// guardCode bounds the text that eval and the Function constructors compile.
func (m *machine) guardCode() error {
	world := m.js.GlobalObject()
	within := func(args []goja.Value) {
		for _, arg := range args {
			if length(arg) > maxCode {
				panic(m.tooMuch("the text of code"))
			}
		}
	}
	err := m.bind(world, "eval", func(_ *machine, call goja.FunctionCall) bool { return length(call.Argument(0)) <= maxCode })
	hidden, failed := m.js.RunProgram(functions)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for _, proto := range []goja.Value{m.prototype("Function"), hidden.ToObject(m.js).Get("0"), hidden.ToObject(m.js).Get("1")} {
		proto := proto.ToObject(m.js)
		guarded := m.within(proto.Get("constructor").ToObject(m.js), within)
		err = errors.Join(err, proto.DefineDataProperty("constructor", guarded, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	}
	return errors.Join(err, world.DefineDataProperty("Function", m.prototype("Function").Get("constructor"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
}

// within puts a check before a class. What stands for it has its prototype and
// inherits the rest, so that it is the same to instanceof and to those who extend it.
func (m *machine) within(class *goja.Object, check func(args []goja.Value)) *goja.Object {
	construct, _ := goja.AssertConstructor(class)
	guarded := m.js.ToValue(func(call goja.ConstructorCall) *goja.Object {
		check(call.Arguments)
		newTarget := call.NewTarget
		if newTarget == nil {
			newTarget = class
		}
		made, err := construct(newTarget, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return made
	}).ToObject(m.js)
	for _, name := range []string{"prototype", "name", "length"} {
		if err := guarded.DefineDataProperty(name, class.Get(name), goja.FLAG_FALSE, goja.FLAG_NOT_SET, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
	if err := guarded.SetPrototype(class); err != nil {
		panic(err)
	}
	return guarded
}

var buffers = []string{
	"ArrayBuffer", "Uint8Array", "Int8Array", "Uint8ClampedArray", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array",
	"Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
}

// guardBuffers bounds what is allocated at once: Go ends the process where there
// is no memory for it.
func (m *machine) guardBuffers() error {
	var failed error
	for _, name := range buffers {
		class := m.js.Get(name)
		if class == nil {
			continue
		}
		within := func(args []goja.Value) {
			if len(args) == 0 {
				return
			}
			size := length(args[0])
			if _, is := args[0].(*goja.Object); !is {
				size = args[0].ToInteger()
			}
			if size > maxBytes/8 && (name != "ArrayBuffer" && name != "Uint8Array" || size > maxBytes) {
				panic(m.tooMuch(name))
			}
		}
		guarded := m.within(class.ToObject(m.js), within)
		failed = errors.Join(failed,
			m.js.GlobalObject().DefineDataProperty(name, guarded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE),
			m.prototype(name).DefineDataProperty("constructor", guarded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	}
	return failed
}
