package config

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"
)

// maxDomains bounds a list of domains; the long ones in the wild have some
// hundred thousand.
const maxDomains = 2_000_000

// ReadDomains reads a list of mail domains: one a line, in either spelling of
// an international name; # begins a comment.
func ReadDomains(path string) (map[string]bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	domains, lines := map[string]bool{}, bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		domain, err := idna.Lookup.ToASCII(text)
		if err != nil || !strings.Contains(domain, ".") {
			return nil, fmt.Errorf("line %d: %q is no domain", n, text)
		}
		if domains[domain] = true; len(domains) > maxDomains {
			return nil, errors.New("it has more domains than can be kept")
		}
	}
	return domains, lines.Err()
}

// Domains is a list of domains in a file that is read again when it changes.
type Domains struct {
	path    string
	problem func(error) // told why a changed file was not read; the list before serves on

	mu      sync.Mutex
	domains map[string]bool
	read    stamp
}

// stamp tells whether a file is the one that was read.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size()}, nil
}

// OpenDomains reads the list at path.
func OpenDomains(path string, problem func(error)) (*Domains, error) {
	d := &Domains{path: path, problem: problem}
	read, err := stampOf(path)
	if err != nil {
		return nil, err
	}
	d.read = read
	d.domains, err = ReadDomains(path)
	return d, err
}

// Has says that the domain, or one above it, is in the list.
func (d *Domains) Has(domain string) bool {
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	listed := d.present()
	for domain = strings.ToLower(domain); domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if listed[domain] {
			return true
		}
	}
	return false
}

// present answers the list as the file now has it. The file is looked at for
// every question: addresses are new only now and then.
func (d *Domains) present() map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, err := stampOf(d.path)
	if now == d.read { // the zero stamp too: that the file is gone is told once
		return d.domains
	}
	d.read = now
	fresh := d.domains
	if err == nil {
		fresh, err = ReadDomains(d.path)
	}
	if err != nil {
		d.problem(err)
		return d.domains
	}
	d.domains = fresh
	return fresh
}
