package kit

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is Chromium with a profile of its own. It notes everything that a
// page must not do: errors on the console, violations of the content security
// policy, requests to anybody but the hosts it was told of.
type Browser struct {
	hosts   map[string]bool
	ctx     context.Context // of the browser
	tab     context.Context // of the tab in front
	mu      sync.Mutex
	wrongs  []string
	silence []string
}

// NewBrowser starts a browser that may ask only the hosts of the URLs given.
// At the end the test fails for everything noted.
func NewBrowser(t testing.TB, urls ...string) *Browser {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true),
		// chromedp's own, and the two pages that Chromium otherwise renders at every start
		// for its address bar, which nobody sees: a third of a short test's work.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1280, 900),
	)
	allocated, end := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocated)
	b := &Browser{hosts: map[string]bool{}, ctx: ctx, tab: ctx}
	b.Allow(urls...)
	t.Cleanup(func() {
		b.close()
		cancel()
		end()
		b.check(t)
	})
	b.watch(t, ctx)
	return b
}

// close ends the browser politely, so that nothing writes into its profile while it is removed.
func (b *Browser) close() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	_ = chromedp.Cancel(ctx)
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("Chromium is not installed: run `make deps`")
	return ""
}

// Allow lets pages ask the hosts of further URLs.
func (b *Browser) Allow(urls ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, raw := range urls {
		if u, err := url.Parse(raw); err == nil {
			b.hosts[u.Host] = true
		}
	}
}

// Expect says that a console line holding the text is no wrong: Chromium writes
// one for every answer with status 400 and above.
func (b *Browser) Expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silence = append(b.silence, text)
}

func (b *Browser) watch(t testing.TB, tab context.Context) {
	t.Helper()
	// The first call starts the browser or opens the tab, and has no time limit:
	// its end would close them.
	if err := chromedp.Listen(tab, b.listen); err != nil {
		t.Fatal(err)
	}
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{runtime.Enable, log.Enable, audits.Enable} {
		if _, err := chromedp.Call(tab, domain, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
}

func (b *Browser) listen(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			b.note("console: " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.note(fmt.Sprintf("console.%s: %s", e.Type, arguments(e.Args)))
		}
	case *runtime.EventExceptionThrown:
		b.note("exception: " + e.ExceptionDetails.Text)
	case *audits.EventIssueAdded:
		if d := e.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			b.note("content security policy: " + d.ContentSecurityPolicyIssueDetails.ViolatedDirective)
		}
	case *network.EventRequestWillBeSent:
		b.request(e.Request.URL)
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		all = append(all, string(a.Value))
	}
	return strings.Join(all, " ")
}

func (b *Browser) request(raw string) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob" {
		return
	}
	b.mu.Lock()
	known := b.hosts[u.Host]
	b.mu.Unlock()
	if !known {
		b.note("request to somebody else: " + raw)
	}
}

func (b *Browser) note(wrong string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, expected := range b.silence {
		if strings.Contains(wrong, expected) {
			return
		}
	}
	b.wrongs = append(b.wrongs, wrong)
}

func (b *Browser) check(t testing.TB) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wrong := range b.wrongs {
		t.Errorf("the browser noted: %s", wrong)
	}
}

// Do runs actions in the tab in front, within Patience.
func (b *Browser) Do(t testing.TB, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, Patience)
	defer cancel()
	err := onOnePage(func() error { return chromedp.Do(ctx, actions...) })
	if err != nil {
		t.Fatalf("%v\nthe page is %s\n%s", err, b.Location(t), b.read())
	}
}

// Ask runs an action that answers something.
func Ask[T any](t testing.TB, b *Browser, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, Patience)
	defer cancel()
	var answer T
	err := onOnePage(func() (err error) {
		answer, err = chromedp.Run(ctx, action)
		return err
	})
	if err != nil {
		t.Fatalf("%v\nthe page is %s\n%s", err, b.Location(t), b.read())
	}
	return answer
}

// onOnePage runs again what found an element on a page that gave way to another
// before anything was done to it, which Chromium reports in these words.
func onOnePage(run func() error) error {
	for {
		err := run()
		if err == nil || !strings.Contains(err.Error(), "node with given id") {
			return err
		}
	}
}

// read answers the text of the page, for messages. While a page is being
// replaced there is none.
func (b *Browser) read() string {
	ctx, cancel := context.WithTimeout(b.tab, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title + "\n" + (document.body ? document.body.innerText : "")`))
	return text
}

// Location answers the address of the page in front.
func (b *Browser) Location(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 5*time.Second)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		t.Log(err)
	}
	return at
}

// NewTab opens a tab and puts it in front; the function answered goes back, and
// at the next call forth again.
func (b *Browser) NewTab(t testing.TB) (back func()) {
	t.Helper()
	other := b.tab
	tab, _ := chromedp.NewContext(b.ctx)
	b.tab = tab
	b.watch(t, tab)
	return func() {
		b.tab, other = other, b.tab
		call(t, b, page.BringToFront, cdp.Empty{}) // a tab behind another one is a hidden page
	}
}

// WithoutScript switches JavaScript off in the tab in front.
func (b *Browser) WithoutScript(t testing.TB) {
	t.Helper()
	call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// As says to servers that it is another program: a User-Agent.
func (b *Browser) As(t testing.TB, userAgent string) {
	t.Helper()
	call(t, b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent})
}

// Look sets how the page is shown: its width and the colour scheme.
func (b *Browser) Look(t testing.TB, width, height int64, scheme string) {
	t.Helper()
	call(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// call sends a command of the protocol to the tab in front.
func call[P, R any](t testing.TB, b *Browser, command cdp.Command[P, R], params P) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, Patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Shot writes a picture of the page into bin/screens.
func (b *Browser) Shot(t testing.TB, name string) {
	t.Helper()
	folder := filepath.Join(Root(t), "bin", "screens")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	png := Ask(t, b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
