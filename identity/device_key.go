package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// Apps that sign people in through the Cognito API keep a device key where a
// browser keeps a cookie. The app makes up a password for it and proves that by
// SRP, so the key itself is no secret. A key says by itself whom it was given
// to: nothing is stored until the app confirms it.

// NewDevice is the key for an app that has none yet (Cognito
// NewDeviceMetadataType), to be confirmed by Devices.Confirm.
type NewDevice struct {
	Key      string // <region>_<uuid>
	GroupKey string // the group in SRP; begins with "-"
}

// factorDevice is proven by a device's password. It is no factor of the person:
// it stands in for a second one while the device is remembered.
const factorDevice Factor = "DEVICE_SRP_AUTH"

// maxDevices bounds a person's devices with a key; the longest unused goes.
const maxDevices = 100

// newDevice makes a key for somebody.
func (c *Core) newDevice(p *Pool, u *User) *NewDevice {
	var id uuid.UUID
	rand.Read(id[:8])
	id = c.signedDevice(u, id)
	return &NewDevice{Key: p.deviceKey(id.String()), GroupKey: c.deviceGroup(u, id.String())}
}

// signedDevice fills the second half of a device's id from the first.
func (c *Core) signedDevice(u *User, id uuid.UUID) uuid.UUID {
	id[6] = id[6]&0x0f | 0x40 // RFC 9562 §5.4
	copy(id[8:], c.Sealer.MAC("device key", string(u.PoolID), string(u.ID), string(id[:8])))
	id[8] = id[8]&0x3f | 0x80
	return id
}

// isOurs says that the key was given to this person.
func (c *Core) isOurs(u *User, id uuid.UUID) bool {
	made := c.signedDevice(u, id)
	return subtle.ConstantTimeCompare(made[:], id[:]) == 1
}

func (c *Core) deviceGroup(u *User, id string) string {
	return "-" + hex.EncodeToString(c.Sealer.MAC("device group", string(u.PoolID), string(u.ID), id)[:5])
}

// deviceKey is how the Cognito API names a device.
func (p *Pool) deviceKey(id string) string { return p.Region() + "_" + id }

// deviceID answers the id in a device key; false for what is none of this pool's.
func (p *Pool) deviceID(key string) (string, bool) {
	id, ok := strings.CutPrefix(key, p.Region()+"_")
	return id, ok && id != ""
}

// Keyed says that the device proves itself by SRP, not by a cookie.
func (d *Device) Keyed() bool { return len(d.Verifier) > 0 }

// keyedHash stands for a cookie's hash. No cookie has it.
func keyedHash(id string) string { return "key:" + id }

// keyedOf answers the confirmed device of a key that came along.
func (c *Core) keyedOf(r storage.Reader, p *Pool, user UserID, key string) (Device, bool, error) {
	id, ok := p.deviceID(key)
	if !ok || user == "" || p.Devices == nil {
		return Device{}, false, nil
	}
	d, err := knownBrowsers.Get(r, string(p.ID), string(user), keyedHash(id))
	if errors.Is(err, storage.ErrNotFound) {
		return Device{}, false, nil
	}
	return d, err == nil, err
}

// weighDevice takes the device into account whose key came along.
func (c *Core) weighDevice(r storage.Reader, s *standing, a attempt) error {
	if a.DeviceKey == "" || a.Provider != "" || s.pool.Devices == nil {
		return nil
	}
	d, known, err := c.keyedOf(r, &s.pool, s.user.ID, a.DeviceKey)
	s.facts.DeviceUnknown = err == nil && !known
	s.facts.Device = known && c.skipsSecond(&s.pool, &s.user, &d)
	return err
}

// meet notes the device that somebody finished a sign-in on, or answers a key
// for a new one.
func (c *Core) meet(w storage.Writer, s *standing, a attempt, o Origin) (*NewDevice, error) {
	if s.pool.Devices == nil || a.Provider != "" {
		return nil, nil
	}
	d, known, err := c.keyedOf(w, &s.pool, s.user.ID, a.DeviceKey)
	if err != nil {
		return nil, err
	}
	if !known {
		return c.newDevice(&s.pool, &s.user), nil
	}
	d.LastSeen, d.UserAgent, d.Address = c.Now(), o.UserAgent, cmp.Or(o.addressText(), d.Address)
	if d.Wanted && s.facts.provenTwice() {
		d.RememberedAt, d.Epoch = d.LastSeen, s.user.Epoch
	}
	return nil, knownBrowsers.Put(w, d)
}

// ConfirmDevice is what an app makes up for a new device.
type ConfirmDevice struct {
	Key      string
	Salt     []byte
	Verifier []byte
	Name     string // "", or as in Devices.Rename
	Origin   Origin
}

// Confirm makes a device known by the key that came with SignedIn.NewDevice. ask
// says that the person is to be asked whether it be remembered (UpdateStatus);
// else it is. ResourceNotFound says that the key was given to nobody here,
// InvalidState that it is confirmed already, or that the pool has no devices.
func (d *Devices) Confirm(ctx context.Context, auth Authentication, in ConfirmDevice) (ask bool, err error) {
	const op = "Devices.Confirm"
	verifier, err := password.ReadVerifier(in.Salt, in.Verifier)
	if err != nil {
		return false, &Error{Code: InvalidParameter, Op: op, Field: "DeviceSecretVerifierConfig", Err: err}
	}
	err = d.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := d.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if m.pool.Devices == nil {
			return refuse(op, InvalidState), nil
		}
		id, failed, err := d.unconfirmed(w, op, &m, in.Key)
		if err != nil || failed != nil {
			return failed, err
		}
		ask = m.pool.Devices.DeviceOnlyRememberedOnUserPrompt
		made := Device{
			PoolID: m.user.PoolID, UserID: m.user.ID, Hash: keyedHash(id), ID: id, Name: cleanLabel(in.Name), Wanted: !ask,
			UserAgent: in.Origin.UserAgent, Address: in.Origin.addressText(), FirstSeen: d.Now(), LastSeen: d.Now(),
		}
		if made.Verifier, err = d.sealJSON(verifier, "device", string(made.PoolID), string(made.UserID), id); err != nil {
			return nil, err
		}
		d.trust(&made, &m.user, auth)
		if err := errors.Join(knownBrowsers.Put(w, made), d.dropDevices(w, &m.user)); err != nil {
			return nil, err
		}
		return nil, d.record(w, &m.user, deed{Action: "confirm_device", Client: auth.client, Session: auth.session, Origin: in.Origin})
	})
	return ask, err
}

// unconfirmed answers the id of a key that was given to this person and is not
// in use yet.
func (d *Devices) unconfirmed(r storage.Reader, op string, m *account, key string) (string, *Error, error) {
	id, _ := m.pool.deviceID(key)
	read, err := uuid.Parse(id)
	if err != nil || read.String() != id || !d.isOurs(&m.user, read) {
		return "", noDevice(op), nil
	}
	_, known, err := d.keyedOf(r, &m.pool, m.user.ID, key)
	if known {
		return "", refuse(op, InvalidState), nil
	}
	return id, nil, err
}

// trust lets a remembered device stand in for the second factor, if the sign-in
// had one: whoever knows the password alone must not come to a device that does
// without.
func (d *Devices) trust(of *Device, u *User, auth Authentication) {
	of.RememberedAt, of.Epoch = time.Time{}, u.Epoch
	if of.Wanted && auth.twice {
		of.RememberedAt = d.Now()
	}
}

// dropDevices makes room for one more.
func (c *Core) dropDevices(w storage.Writer, u *User) error {
	all, err := knownBrowsers.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	keyed := filter(all, func(d Device) bool { return d.Keyed() })
	slices.SortFunc(keyed, func(a, b Device) int { return b.LastSeen.Compare(a.LastSeen) })
	for _, old := range keyed[min(len(keyed), maxDevices):] {
		if err := knownBrowsers.Delete(w, string(old.PoolID), string(old.UserID), old.Hash); err != nil {
			return err
		}
	}
	return nil
}

// noDevice is a refusal that names the device: clients drop its key then.
func noDevice(op string) *Error {
	return &Error{Code: ResourceNotFound, Op: op, Field: "device_key"}
}

// UpdateStatus remembers a device, or does so no longer (Cognito
// DeviceRememberedStatusType). A remembered one stands in for the second factor
// once a sign-in there had one.
func (d *Devices) UpdateStatus(ctx context.Context, auth Authentication, key string, remembered bool, o Origin) error {
	const op = "Devices.UpdateStatus"
	return d.change(ctx, op, auth, key, func(w storage.Writer, u *User, found Device) (*Error, error) {
		found.Wanted = remembered
		d.trust(&found, u, auth)
		if err := knownBrowsers.Put(w, found); err != nil {
			return nil, err
		}
		return nil, d.record(w, u, deed{Action: "update_device_status", Client: auth.client, Session: auth.session, Origin: o})
	})
}

// Get answers one of the person's devices; ResourceNotFound says that there is none.
func (d *Devices) Get(ctx context.Context, auth Authentication, key string) (view DeviceView, err error) {
	const op = "Devices.Get"
	err = d.Store.View(ctx, func(r storage.Reader) error {
		m, err := d.mine(r, op, auth)
		if err != nil {
			return err
		}
		found, failed, err := d.deviceOf(r, op, &m.pool, &m.user, key)
		view = DeviceView{Device: found, Key: m.pool.deviceKey(found.ID), Remembered: found.Wanted || d.skipsSecond(&m.pool, &m.user, &found)}
		return either(failed, err)
	})
	return view, err
}

// Page answers at most limit devices in the order of their keys, from behind
// after, and whether there are more. A device that is forgotten in between
// moves nothing.
func (d *Devices) Page(ctx context.Context, auth Authentication, limit int, after string) (page []DeviceView, more bool, err error) {
	all, err := d.List(ctx, auth, "")
	page, more = pageOf(all, limit, after)
	return page, more, err
}

// DevicePage is Devices.Page for an administrator.
func (a *Admin) DevicePage(ctx context.Context, pool PoolID, username string, limit int, after string) (page []DeviceView, more bool, err error) {
	all, err := a.Devices(ctx, pool, username)
	page, more = pageOf(all, limit, after)
	return page, more, err
}

func pageOf(all []DeviceView, limit int, after string) (page []DeviceView, more bool) {
	slices.SortFunc(all, func(a, b DeviceView) int { return strings.Compare(a.Key, b.Key) })
	all = filter(all, func(v DeviceView) bool { return v.Key > after })
	page = all[:min(limit, len(all))]
	return page, len(page) < len(all)
}
