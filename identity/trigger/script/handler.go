package script

import (
	"errors"
	"time"

	"github.com/dop251/goja"
)

// load runs the bundle as a CommonJS module and answers its handler:
// exports.handler, a default export that is a function or has a handler, or
// module.exports itself.
func (m *machine) load(code *bundle) (goja.Callable, error) {
	wrapped, err := m.js.RunProgram(code.program)
	if err != nil {
		return nil, err
	}
	run, _ := goja.AssertFunction(wrapped)
	module, exports := m.js.NewObject(), m.js.NewObject()
	if err := module.Set("exports", exports); err != nil {
		return nil, err
	}
	name := m.js.ToValue("/var/task/index.js") // where Lambda has it
	if _, err := run(exports, exports, m.js.ToValue(m.require), module, name, m.js.ToValue("/var/task")); err != nil {
		return nil, err
	}
	for _, path := range [][]string{{"handler"}, {"default"}, {"default", "handler"}, {}} {
		if handler, ok := goja.AssertFunction(m.at(module.Get("exports"), path)); ok {
			return handler, nil
		}
	}
	return nil, errNoHandler
}

var errNoHandler = errors.New("it exports no handler: write exports.handler = async (event) => { ...; return event }")

func (m *machine) at(v goja.Value, path []string) goja.Value {
	for _, name := range path {
		object, ok := v.(*goja.Object)
		if !ok {
			return goja.Undefined()
		}
		v = object.Get(name)
	}
	return v
}

// call calls the handler, which answers in one of Lambda's ways: a promise, the
// callback, or a function of context.
func (m *machine) call(handler goja.Callable, event goja.Value) error {
	context, err := m.context()
	if err != nil {
		return err
	}
	answer, err := handler(goja.Undefined(), event, context, m.js.ToValue(m.callback))
	if err != nil {
		return err
	}
	promise, ok := answer.(*goja.Object)
	if !ok {
		return nil
	}
	then, ok := goja.AssertFunction(promise.Get("then"))
	if !ok {
		return nil // the value of a handler that is not async is ignored, as Lambda does
	}
	_, err = then(promise, m.js.ToValue(func(call goja.FunctionCall) goja.Value {
		m.finish(call.Argument(0))
		return goja.Undefined()
	}), m.js.ToValue(func(call goja.FunctionCall) goja.Value {
		m.refuse(call.Argument(0))
		return goja.Undefined()
	}))
	return err
}

// callback is the handler's third argument: (error, answer). Lambda then waits
// for timers and fetches, unless callbackWaitsForEmptyEventLoop is false.
func (m *machine) callback(call goja.FunctionCall) goja.Value {
	if refusal := call.Argument(0); refusal.ToBoolean() {
		m.refuse(refusal)
	} else if err := m.resolve(call.Argument(1)); err != nil {
		panic(err)
	}
	return goja.Undefined()
}

// finish takes an answer that nothing else is waited for.
func (m *machine) finish(answer goja.Value) {
	if !m.settled {
		m.waits = false
		if err := m.resolve(answer); err != nil {
			panic(err)
		}
	}
}

func (m *machine) refuse(reason goja.Value) {
	if object, ok := reason.(*goja.Object); ok && !m.settled {
		if stack := object.Get("stack"); stack != nil && !goja.IsUndefined(stack) {
			m.console.print(stack.String())
		}
	}
	m.reject(reason)
}

// context is the handler's second argument (Lambda's Context of Node.js).
func (m *machine) context() (*goja.Object, error) {
	c := m.js.NewObject()
	deadline, _ := m.ctx.Deadline()
	name := "poolhouse-" + string(m.ask.Call.Kind)
	var failed error
	for key, value := range map[string]any{
		"functionName": name, "functionVersion": "$LATEST", "invokedFunctionArn": m.fn.Target, "awsRequestId": m.ask.ID,
		"memoryLimitInMB": "128", "logGroupName": "/aws/lambda/" + name, "logStreamName": m.ask.ID,
		"getRemainingTimeInMillis": func(goja.FunctionCall) goja.Value {
			return m.js.ToValue(max(time.Until(deadline).Milliseconds(), 0))
		},
		"done": func(call goja.FunctionCall) goja.Value {
			if refusal := call.Argument(0); refusal.ToBoolean() {
				m.refuse(refusal)
			} else {
				m.finish(call.Argument(1))
			}
			return goja.Undefined()
		},
		"succeed": func(call goja.FunctionCall) goja.Value { m.finish(call.Argument(0)); return goja.Undefined() },
		"fail":    func(call goja.FunctionCall) goja.Value { m.refuse(call.Argument(0)); return goja.Undefined() },
	} {
		failed = errors.Join(failed, c.Set(key, value))
	}
	waits := m.js.ToValue(func(goja.FunctionCall) goja.Value { return m.js.ToValue(m.waits) })
	change := m.js.ToValue(func(call goja.FunctionCall) goja.Value {
		m.waits = call.Argument(0).ToBoolean()
		return goja.Undefined()
	})
	return c, errors.Join(failed, c.DefineAccessorProperty("callbackWaitsForEmptyEventLoop", waits, change, goja.FLAG_TRUE, goja.FLAG_TRUE))
}
