package identity

import (
	"context"
	"slices"

	"poolhouse.dev/storage"
)

// Devices is the browsers that people have signed in with.
type Devices struct{ *Core }

// DeviceView is a device as its person sees it.
type DeviceView struct {
	Device
	Key        string // as the Cognito API names it
	Here       bool   // the browser that asks
	Remembered bool   // it stands in for the second factor now
}

// List answers the person's devices, the last used first. browser is the secret
// of the cookie of the one that asks.
func (d *Devices) List(ctx context.Context, auth Authentication, browser string) (views []DeviceView, err error) {
	const op = "Devices.List"
	err = d.Store.View(ctx, func(r storage.Reader) error {
		m, err := d.mine(r, op, auth)
		if err != nil {
			return err
		}
		views, err = d.devicesOf(r, &m.pool, &m.user, browser)
		return err
	})
	return views, err
}

func (c *Core) devicesOf(r storage.Reader, p *Pool, u *User, browser string) ([]DeviceView, error) {
	all, err := knownBrowsers.List(r, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return nil, err
	}
	var views []DeviceView
	for _, each := range all {
		if each.ID == "" {
			each.ID = each.Hash // from before devices had a name of their own
		}
		views = append(views, DeviceView{Device: each, Key: p.deviceKey(each.ID), Here: browser != "" && each.Hash == hashOf(browser), Remembered: each.Wanted || c.skipsSecond(p, u, &each)})
	}
	slices.SortStableFunc(views, func(a, b DeviceView) int { return b.LastSeen.Compare(a.LastSeen) })
	return views, nil
}

// Rename gives a device a name, 1 to 120 bytes on one line.
func (d *Devices) Rename(ctx context.Context, auth Authentication, id, name string) error {
	const op = "Devices.Rename"
	return d.change(ctx, op, auth, id, func(w storage.Writer, _ *User, found Device) (*Error, error) {
		if found.Name = cleanLabel(name); found.Name == "" {
			return &Error{Code: InvalidParameter, Op: op, Field: "name"}, nil
		}
		return nil, knownBrowsers.Put(w, found)
	})
}

// Forget makes a browser unknown: it is asked for the second factor again.
func (d *Devices) Forget(ctx context.Context, auth Authentication, id string, o Origin) error {
	const op = "Devices.Forget"
	return d.change(ctx, op, auth, id, func(w storage.Writer, u *User, found Device) (*Error, error) {
		if err := knownBrowsers.Delete(w, string(found.PoolID), string(found.UserID), found.Hash); err != nil {
			return nil, err
		}
		return nil, d.record(w, u, deed{Action: "forget_device", Client: auth.client, Session: auth.session, Origin: o})
	})
}

// change finds one of the person's own devices; another's is not found.
func (d *Devices) change(ctx context.Context, op string, auth Authentication, id string, act func(storage.Writer, *User, Device) (*Error, error)) error {
	return d.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := d.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		found, failed, err := d.deviceOf(w, op, &m.pool, &m.user, id)
		if err != nil || failed != nil {
			return failed, err
		}
		return act(w, &m.user, found)
	})
}

// deviceOf finds a device by its id, or by its key.
func (c *Core) deviceOf(r storage.Reader, op string, p *Pool, u *User, id string) (Device, *Error, error) {
	all, err := c.devicesOf(r, p, u, "")
	if err != nil {
		return Device{}, nil, err
	}
	for _, each := range all {
		if each.ID == id || each.Key == id {
			return each.Device, nil, nil
		}
	}
	return Device{}, noDevice(op), nil
}
