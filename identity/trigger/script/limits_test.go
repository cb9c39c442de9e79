package script_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

func TestWhatTakesTooLongIsStopped(t *testing.T) {
	for name, text := range map[string]string{
		"a loop":                `exports.handler = async () => { for (;;) {} };`,
		"a loop at the top":     `for (;;) {} exports.handler = async (event) => event;`,
		"promises":              `exports.handler = () => new Promise((resolve) => { const again = () => { Promise.resolve().then(again); }; again(); });`,
		"timers":                `exports.handler = (event, context, callback) => { setInterval(() => {}, 1); };`,
		"a timer":               `exports.handler = async (event) => { await new Promise((done) => setTimeout(done, 60000)); return event; };`,
		"a callback that waits": `exports.handler = (event, context, callback) => { setTimeout(() => {}, 60000); callback(null, event); };`,
		"caught":                `exports.handler = async () => { for (;;) { try { for (;;) {} } catch (e) {} } };`,
		"finally":               `exports.handler = async () => { for (;;) { try { for (;;) {} } finally { continue; } } };`,
		"a getter":              `exports.handler = async () => ({ get response() { for (;;) {} } });`,
		"toJSON":                `exports.handler = async () => ({ toJSON() { for (;;) {} } });`,
	} {
		t.Run(name, func(t *testing.T) {
			soon, cancel := context.WithTimeout(context.Background(), 700*time.Millisecond)
			defer cancel()
			path := handler(t, text)
			before := time.Now()
			_, err := script.New(script.Options{}).Invoke(soon, trigger.Function{Path: path}, trigger.Ask{Call: trigger.Call{Kind: trigger.PreSignUp}, Body: []byte(asked)})
			if err == nil || err.Error() != " trigger failed: it took longer than 5 seconds" {
				t.Error(err)
			}
			if took := time.Since(before); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A match that does not end is given up, and ends by itself soon after.
func TestARegularExpressionThatBacktracksEnds(t *testing.T) {
	e := script.New(script.Options{})
	path := handler(t, `exports.handler = async (event) => { event.response.seen = /^(a+)+\1$/.test("a".repeat(64) + "!"); return event; };`)
	soon, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err := e.Invoke(soon, trigger.Function{Path: path}, trigger.Ask{Call: trigger.Call{Kind: trigger.PreSignUp}, Body: []byte(asked)})
	if err == nil || err.Error() != " trigger failed: it took longer than 5 seconds" || e.Stuck() != 1 {
		t.Error(err, e.Stuck())
	}
	for deadline := time.Now().Add(10 * time.Second); e.Stuck() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it goes on")
		}
	}
}

// Built-in functions cannot be stopped, so what they would build is refused.
func TestBuiltInsBuildWithinBounds(t *testing.T) {
	for name, expression := range map[string]string{
		"repeat":        `"x".repeat(2 ** 33)`,
		"padStart":      `"x".padStart(2 ** 33)`,
		"padEnd":        `"x".padEnd(2 ** 33, "ab")`,
		"replaceAll":    `"x".repeat(1e6).replaceAll("x", "y".repeat(1e6))`,
		"replace":       `"x".repeat(1e6).replace(/x/g, "y".repeat(1e6))`,
		"replace $&":    `"x".repeat(1e6).replace(/.+/, "$&".repeat(1e6))`,
		"join":          `new Array(1e6).join("y".repeat(1e6))`,
		"join one text": `new Array(1e4).fill("y".repeat(1e6)).join("")`,
		"fill":          `new Array(2 ** 32 - 1).fill(0)`,
		"holes":         `new Array(2 ** 32 - 1).forEach(() => {})`,
		"indexOf":       `Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`,
		"reverse":       `Array.prototype.reverse.call({ length: 2 ** 53 - 1 })`,
		"from":          `Array.from({ length: 2 ** 31 })`,
		"concat":        `new Array(1e6).concat(new Array(1e6))`,
		"apply":         `Math.max.apply(null, { length: 2 ** 31 })`,
		"Reflect.apply": `Reflect.apply(Math.max, null, { length: 2 ** 31 })`,
		"ArrayBuffer":   `new ArrayBuffer(2 ** 42)`,
		"Float64Array":  `new Float64Array(2 ** 36)`,
		"Buffer":        `Buffer.alloc(2 ** 40)`,
		"split":         `"x".repeat(8e6).split("")`,
		"eval":          `eval("(".repeat(1e6))`,
		"Function":      `new Function("(".repeat(1e6))`,
		"hidden":        `(function () {}).constructor("(".repeat(1e6))`,
		"hidden async":  `(async function () {}).constructor("(".repeat(1e6))`,
		"JSON":          `JSON.parse("[".repeat(1e6))`,
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			text := fmt.Sprintf(`exports.handler = async (event) => { try { %s; } catch (e) { event.response = { refused: e instanceof RangeError }; } return event; };`, expression)
			answers(t, text, `{"refused":true}`)
			if took := time.Since(before); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestBoundedBuiltInsDoTheirWork(t *testing.T) {
	answers(t, `exports.handler = async (event) => {
		class Bytes extends Uint8Array {}
		event.response = {
			text: "ab".repeat(2).padStart(6, "-").padEnd(8, "+").replace("a", "A").replaceAll("b", "B").replace(/a(.)/g, "<$1>"),
			parts: "a,b,c".split(","), list: [1, [2, [3]]].flat(2), joined: [1, null, "x"].join("-"), from: Array.from({ length: 3 }, (_, i) => i),
			max: Math.max.apply(null, [1, 7, 3]), code: Function("return 7")() + eval("1 + 1"), is: [] instanceof Array,
			bytes: [new Bytes([1, 2]) instanceof Uint8Array, new Uint8Array(2).constructor === Uint8Array, (() => {}) instanceof Function],
			sorted: [3, 1, 2].sort((a, b) => a - b), reduced: [1, 2].reduce((a, b) => a + b), found: ["a"].includes("a"), text2: String([1, 2]),
			spread: Math.min(...[4, 2]), parsed: JSON.parse('{"a":[{}]}'), swap: "x".replace("x", (m) => m + m), this: [7].map(function () { return this.n; }, { n: 1 }),
		};
		return event;
	};`, `{"text":"--AB<B>++","parts":["a","b","c"],"list":[1,2,3],"joined":"1--x","from":[0,1,2],"max":7,"code":9,"is":true,"bytes":[true,true,true],`+
		`"sorted":[1,2,3],"reduced":3,"found":true,"text2":"1,2","spread":2,"parsed":{"a":[{}]},"swap":"xx","this":[1]}`)
}

func TestMemoryIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"a list":       `exports.handler = async () => { const all = []; for (;;) all.push({ n: all.length, text: "some text " + all.length }); };`,
		"a map":        `exports.handler = async () => { const all = new Map(); for (let i = 0; ; i++) all.set("key " + i, [i]); };`,
		"buffers":      `exports.handler = async () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); };`,
		"closures":     `exports.handler = async () => { let f = () => 0; for (;;) { const g = f; f = () => g; } };`,
		"at the top":   `const all = []; for (;;) all.push([all.length]); exports.handler = async (e) => e;`,
		"caught":       `exports.handler = async () => { const all = []; for (;;) { try { for (;;) all.push("x" + all.length); } catch (e) {} } };`,
		"many strings": `exports.handler = async () => { const all = []; for (let i = 0; ; i++) all.push("x".repeat(1e5) + i); };`,
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			peak := watchPeak(t)
			_, _, err := ask(t, script.New(script.Options{MaxMemory: 24 << 20}), handler(t, text))
			if err == nil || err.Error() != " trigger failed: it took more memory than handlers may" {
				t.Error(err)
			}
			if most := peak(); most > 512<<20 {
				t.Errorf("the program held %d MiB", most>>20)
			}
		})
	}
}

// One step that doubles what there is ends before the handler is stopped, and may
// take long where memory is slow.
func TestDoublingIsStopped(t *testing.T) {
	_, _, err := ask(t, script.New(script.Options{}), handler(t, `exports.handler = async () => { let text = "x"; for (;;) text += text; };`))
	var failed *trigger.Error
	if !errors.As(err, &failed) || failed.Outcome != trigger.Failed {
		t.Error(err)
	}
}

// watchPeak answers how much the heap has grown at most.
func watchPeak(t *testing.T) func() uint64 {
	t.Helper()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		highest := uint64(0)
		for {
			select {
			case <-done:
				most <- highest
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&now)
				highest = max(highest, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			}
		}
	}()
	return func() uint64 { close(done); return <-most }
}

// What others in the program allocate is not a handler's.
func TestMemoryOfOthersIsNotAHandlers(t *testing.T) {
	done := make(chan struct{})
	var others sync.WaitGroup
	for range 2 {
		others.Add(1)
		go func() {
			defer others.Done()
			for {
				select {
				case <-done:
					return
				default:
					hold := make([][]byte, 0, 8)
					for range 8 {
						hold = append(hold, make([]byte, 32<<20))
					}
					runtime.KeepAlive(hold)
				}
			}
		}()
	}
	defer others.Wait()
	defer close(done)
	answers(t, `exports.handler = async (event) => { const end = Date.now() + 1000; let n = 0; while (Date.now() < end) n++; event.response.done = n > 0; return event; };`, `{"done":true}`)
}

func TestDepthIsBounded(t *testing.T) {
	fails(t, `const deeper = (n) => deeper(n + 1) + 1; exports.handler = async () => deeper(0);`, trigger.Refused, "Maximum call stack size exceeded")
	answers(t, `exports.handler = async (event) => { let deep = []; for (let i = 0; i < 3000; i++) deep = [deep]; try { JSON.stringify(deep); } catch (e) {} return event; };`, `{}`)
}

func TestAnswersAreBounded(t *testing.T) {
	fails(t, `exports.handler = async (event) => { event.response.text = "x".repeat(8e6); return event; };`, trigger.Malformed, "the answer is larger than 256 KiB")
	fails(t, `exports.handler = async (event) => { event.response.text = ["x".repeat(5e6), "y".repeat(5e6)]; return event; };`, trigger.Malformed, "the answer is larger than 256 KiB")
	fails(t, `exports.handler = async (event) => { event.response.self = event; return event; };`, trigger.Refused, "Converting circular structure to JSON")
	fails(t, `exports.handler = async () => {};`, trigger.Malformed, "the answer is not the event: return the event that the handler was given")
	fails(t, `exports.handler = async () => "ok";`, trigger.Malformed, "the answer is not the event: return the event that the handler was given")
	fails(t, `exports.handler = async () => [];`, trigger.Malformed, "the answer is not the event: return the event that the handler was given")
	fails(t, `exports.handler = async () => ({});`, trigger.Malformed, "the answer has no response, or one that is not an object: return the event that the handler was given")
}

// A machine that does not stop is given up, and counted until it does.
func TestNothingIsLeftRunning(t *testing.T) {
	e := script.New(script.Options{})
	good := handler(t, `exports.handler = async (event) => { await new Promise((d) => setTimeout(d, 1)); return event; };`)
	bad := handler(t, `exports.handler = async () => { throw new Error("no"); };`)
	if _, _, err := ask(t, e, good); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for range 50 {
		if _, _, err := ask(t, e, good); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ask(t, e, bad); err == nil {
			t.Fatal("answered")
		}
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	e := script.New(script.Options{})
	path := handler(t, `exports.handler = async (event) => { await new Promise((d) => setTimeout(d, 5)); event.response.name = event.userName; return event; };`)
	var all sync.WaitGroup
	for i := range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			event := strings.Replace(asked, `"ann"`, fmt.Sprintf(`"ann-%d"`, i), 1)
			got, _, err := askWith(t, e, trigger.Function{Path: path}, trigger.PreSignUp, event)
			if want := fmt.Sprintf(`{"name":"ann-%d"}`, i); err != nil || got != want {
				t.Errorf("%s, %v, want %s", got, err, want)
			}
		}()
	}
	all.Wait()
}

// Nothing outlives a call: not in variables, not in prototypes, not in globals.
func TestEachCallBeginsAnew(t *testing.T) {
	e := script.New(script.Options{})
	path := handler(t, `let calls = 0; exports.handler = async (event) => {
		event.response.seen = [++calls, typeof globalThis.left, Array.prototype.left === undefined, process.env.LEFT === undefined, JSON.stringify === globalThis.mine];
		globalThis.left = Array.prototype.left = process.env.LEFT = "x"; JSON.stringify = globalThis.mine = JSON.stringify;
		return event;
	};`)
	for range 3 {
		if got, _, err := ask(t, e, path); err != nil || got != `{"seen":[1,"undefined",true,true,false]}` {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestTooManyThatCannotBeStopped(t *testing.T) {
	var failed *trigger.Error
	e := script.New(script.Options{})
	e.GiveUp(4)
	_, _, err := ask(t, e, handler(t, `exports.handler = async (event) => event;`))
	if !errors.As(err, &failed) || failed.Outcome != trigger.Failed || !strings.Contains(err.Error(), "4 handlers cannot be stopped") {
		t.Error(err)
	}
}
