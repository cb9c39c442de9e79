package script

import (
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// Bounds of what one call may print: lines, and bytes a line.
const (
	maxPrinted = 200
	maxPrint   = 4096
)

// console keeps what a handler prints. It may be read while the handler runs.
type console struct {
	mu      sync.Mutex
	printed []string
}

func (c *console) print(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.printed) < maxPrinted {
		c.printed = append(c.printed, strings.ToValidUTF8(line[:min(len(line), maxPrint)], ""))
	}
}

func (c *console) lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.printed...)
}

// trace prints where something was thrown.
func (c *console) trace(thrown *goja.Exception) { c.print(thrown.String()) }

// log is console.log and its kin: texts as they are, %s, %d, %i, %j and %o filled in,
// everything else as JSON.
func (m *machine) log(call goja.FunctionCall) goja.Value {
	args := call.Arguments
	var line strings.Builder
	if len(args) > 1 && args[0].ExportType() != nil && args[0].ExportType().Kind().String() == "string" {
		args = m.fill(&line, args[0].String(), args[1:])
	}
	for _, arg := range args {
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(m.inspect(arg))
	}
	m.console.print(line.String())
	return goja.Undefined()
}

// fill writes format with its verbs replaced, and answers the arguments left over.
func (m *machine) fill(line *strings.Builder, format string, args []goja.Value) []goja.Value {
	for {
		before, rest, found := strings.Cut(format, "%")
		line.WriteString(before)
		if !found {
			return args
		}
		switch {
		case rest != "" && rest[0] == '%':
			line.WriteByte('%')
			format = rest[1:]
		case rest != "" && strings.IndexByte("sdifjoO", rest[0]) >= 0 && len(args) > 0:
			line.WriteString(m.inspect(args[0]))
			args, format = args[1:], rest[1:]
		default:
			line.WriteByte('%')
			format = rest
		}
	}
}

// inspect answers a value as a person reads it.
func (m *machine) inspect(v goja.Value) string {
	object, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	if stack := object.Get("stack"); stack != nil && object.ClassName() == "Error" {
		return strings.TrimSpace(stack.String())
	}
	if _, callable := goja.AssertFunction(v); callable {
		return "[Function]"
	}
	write, _ := goja.AssertFunction(m.js.Get("JSON").ToObject(m.js).Get("stringify"))
	if text, err := write(nil, v); err == nil && !goja.IsUndefined(text) {
		return text.String()
	}
	return object.String() // it holds itself
}
