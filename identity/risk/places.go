package risk

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// reloadEvery is how often the file is looked at, at most.
const reloadEvery = time.Minute

// Places answers from a file in MaxMind's DB format (version 2) with the fields
// of GeoLite2-City, GeoLite2-Country or files made like them. It is safe for
// concurrent use; a nil Places knows no place.
type Places struct {
	path string

	mu      sync.RWMutex // held for reading while the mapped file is read
	reader  *maxminddb.Reader
	read    stamp
	checked time.Time
	problem error
}

// stamp tells whether the file is the one that was read.
type stamp struct {
	modified time.Time
	size     int64
}

// OpenPlaces maps the file at path. When it is replaced, the new one serves
// within a minute; replace it by renaming, since the file is mapped and must not
// be cut short in place.
func OpenPlaces(path string) (*Places, error) {
	p := &Places{path: path}
	now, err := p.stat()
	if err != nil {
		return nil, err
	}
	if p.reader, err = openPlaces(path); err != nil {
		return nil, err
	}
	p.read, p.checked = now, time.Now()
	return p, nil
}

func openPlaces(path string) (*maxminddb.Reader, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("risk: %s is no .mmdb file: %w", path, err)
	}
	if m := reader.Metadata; m.BinaryFormatMajorVersion != 2 {
		return nil, errors.Join(fmt.Errorf("risk: %s has format %d, not 2", path, m.BinaryFormatMajorVersion), reader.Close())
	}
	return reader, nil
}

func (p *Places) stat() (stamp, error) {
	info, err := os.Stat(p.path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{modified: info.ModTime(), size: info.Size()}, nil
}

// entry is what is read of a record.
type entry struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
}

// Of answers where address is. What is not in the file, or cannot be read in it,
// is not known.
func (p *Places) Of(address netip.Addr) Place {
	if p == nil || !address.IsValid() {
		return Place{}
	}
	p.refresh()
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reader == nil {
		return Place{}
	}
	result := p.reader.Lookup(address.Unmap())
	var e entry
	if !result.Found() || result.Decode(&e) != nil {
		return Place{}
	}
	return e.place()
}

func (e entry) place() Place {
	made := Place{Country: e.Country.Code, City: e.City.Names.English, Known: true}
	if e.Location.Latitude != nil && e.Location.Longitude != nil {
		made.Latitude, made.Longitude, made.Located = *e.Location.Latitude, *e.Location.Longitude, true
	}
	return made
}

// Problem says why the file was not read again after it changed: the one before
// serves on. It is nil when all is well.
func (p *Places) Problem() error {
	if p == nil {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.problem
}

// Close gives the file back; every place is unknown from then on.
func (p *Places) Close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	reader := p.reader
	p.reader = nil
	if reader == nil {
		return nil
	}
	return reader.Close()
}

// refresh reads the file again when it was replaced.
func (p *Places) refresh() {
	if !p.due() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reader == nil || time.Since(p.checked) < reloadEvery {
		return
	}
	p.checked = time.Now()
	p.problem = p.reload()
}

func (p *Places) due() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return time.Since(p.checked) >= reloadEvery
}

func (p *Places) reload() error {
	now, err := p.stat()
	if err != nil {
		return err
	}
	if now == p.read {
		return nil
	}
	next, err := openPlaces(p.path)
	if err != nil {
		return err
	}
	before := p.reader
	p.reader, p.read = next, now
	return before.Close()
}
