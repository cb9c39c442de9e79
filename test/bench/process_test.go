package bench

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// cpu answers how much processor time a process has used.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// proc(5): after the name in parentheses, fields 14 and 15 are user and system time in hundredths of a second.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		b.Fatal("cannot read the processor time of the server")
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// own answers how much processor time this process has used.
func own() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// status answers a line of /proc/PID/status in MiB.
func status(b *testing.B, pid int, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatalf("no %s in the status of the server", name)
	return 0
}

// BenchmarkColdStart times the start of a server that has data, until the first
// discovery document. The bare limit is a start of the same binary that only
// prints its version.
func BenchmarkColdStart(b *testing.B) {
	s := kit.Start(b, quiet)
	s.Stop(b)
	best, bare := time.Hour, time.Hour
	for range 10 {
		began := time.Now()
		s.Launch(b)
		for !discovered(s) {
			time.Sleep(200 * time.Microsecond)
		}
		best = min(best, time.Since(began))
		s.Stop(b)
		began = time.Now()
		if err := exec.Command(kit.Binary(b), "version").Run(); err != nil {
			b.Fatal(err)
		}
		bare = min(bare, time.Since(began))
	}
	b.ReportMetric(float64(best.Milliseconds()), "ms/start")
	add("cold start to discovery", fmt.Sprintf("%.0f ms", best.Seconds()*1000), fmt.Sprintf("%.0f ms to print its version", bare.Seconds()*1000), "40 ms")
}

func discovered(s *kit.Server) bool {
	res, err := http.Get(s.URL + "/.well-known/openid-configuration")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// BenchmarkSize weighs the binary, and the memory of a server that has answered
// once and has nothing to do.
func BenchmarkSize(b *testing.B) {
	info, err := os.Stat(kit.Binary(b))
	if err != nil {
		b.Fatal(err)
	}
	mib := float64(info.Size()) / (1 << 20)
	add("binary", fmt.Sprintf("%.1f MiB", mib), "", "40 MB")
	s := kit.Start(b, quiet)
	s.Stop(b) // the first start makes keys and hashes passwords; later ones do not
	s.Run(b)
	if !discovered(s) {
		b.Fatal("no discovery document")
	}
	rss := status(b, s.PID(), "VmRSS")
	b.ReportMetric(mib, "MiB/binary")
	b.ReportMetric(rss, "MiB/idle")
	add("idle memory", fmt.Sprintf("%.1f MiB resident", rss), fmt.Sprintf("%.1f MiB of it is the file", status(b, s.PID(), "RssFile")), "30 MB")
}

func quiet(m kit.Map) {
	m["rate_limits"] = false
	m["log_level"] = "warn"
}
