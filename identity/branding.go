package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/storage"
)

// UIStyle is classic branding (Cognito UICustomizationType): of one client, or of
// all that have none of their own.
type UIStyle struct {
	PoolID     PoolID    `json:"user_pool_id"`
	ClientID   ClientID  `json:"client_id"` // AllClients, or a client
	CSS        string    `json:"css,omitempty"`
	Image      string    `json:"image,omitempty"` // SHA-256 of the theme's file, hex
	Look       Theme     `json:"look"`            // what pages take of it
	CreatedAt  time.Time `json:"creation_date"`
	ModifiedAt time.Time `json:"last_modified_date"`
}

// AllClients stands for every client of a pool.
const AllClients ClientID = "ALL"

var uiStyles = storage.Collection[UIStyle]{
	Name: "ui_style", Format: 1,
	ID: func(u *UIStyle) []any { return []any{string(u.PoolID), string(u.ClientID)} },
}

// Branding is a style of managed login for one client (Cognito
// ManagedLoginBrandingType).
type Branding struct {
	PoolID     PoolID          `json:"user_pool_id"`
	ID         string          `json:"managed_login_branding_id"`
	ClientID   ClientID        `json:"client_id"`
	Provided   bool            `json:"use_cognito_provided_values,omitempty"`
	Settings   json.RawMessage `json:"settings,omitempty"` // as they came
	Assets     []BrandingAsset `json:"assets,omitempty"`
	Look       Theme           `json:"look"` // what pages take of it
	CreatedAt  time.Time       `json:"creation_date"`
	ModifiedAt time.Time       `json:"last_modified_date"`
}

// BrandingAsset is a picture of a style (Cognito AssetType). One stands for each
// category and colour mode.
type BrandingAsset struct {
	Category   string `json:"category"`
	ColorMode  string `json:"color_mode"`
	Extension  string `json:"extension"`
	ResourceID string `json:"resource_id,omitempty"`
	Hash       string `json:"sha256,omitempty"` // of Bytes, hex
	Bytes      []byte `json:"-"`                // kept apart
}

var brandings = storage.Collection[Branding]{
	Name: "branding", Format: 1,
	ID: func(b *Branding) []any { return []any{string(b.PoolID), b.ID} },
	Unique: []storage.Unique[Branding]{
		{Name: "client", Of: func(b *Branding) []any { return []any{string(b.PoolID), string(b.ClientID)} }},
	},
}

// brandingAsset is a picture's content.
type brandingAsset struct {
	PoolID   PoolID `json:"user_pool_id"`
	Branding string `json:"managed_login_branding_id"`
	Hash     string `json:"sha256"`
	Body     []byte `json:"body"`
}

var brandingAssets = storage.Collection[brandingAsset]{
	Name: "branding_asset", Format: 1,
	ID: func(a *brandingAsset) []any { return []any{string(a.PoolID), a.Branding, a.Hash} },
}

// The largest picture of a style, in bytes: as base64 it fits a record; and how
// many pictures and styles there may be (Cognito's bounds).
const (
	MaxBrandingAsset  = 700 << 10
	maxBrandingAssets = 40
)

// UIStyle answers the classic branding of a client, or of all clients where it
// has none; false where there is neither.
func (s *Settings) UIStyle(ctx context.Context, pool PoolID, client ClientID) (u UIStyle, found bool, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, _, err := s.reopen(r, "Settings.UIStyle", pool, namedClient(client)); err != nil {
			return err
		}
		for _, id := range []ClientID{client, AllClients} {
			u, err = uiStyles.Get(r, string(pool), string(id))
			if !errors.Is(err, storage.ErrNotFound) {
				found = err == nil
				return err
			}
		}
		return nil
	})
	return u, found, err
}

func namedClient(id ClientID) ClientID {
	if id == AllClients {
		return ""
	}
	return id
}

// SetUIStyle stores classic branding in place of what there was; one without CSS
// and image takes it away.
func (s *Settings) SetUIStyle(ctx context.Context, u UIStyle) (UIStyle, error) {
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := s.reopen(w, "Settings.SetUIStyle", u.PoolID, namedClient(u.ClientID)); err != nil {
			return nil, err
		}
		before, err := uiStyles.Get(w, string(u.PoolID), string(u.ClientID))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		u.ModifiedAt, u.CreatedAt = s.Now(), before.CreatedAt
		if u.CreatedAt.IsZero() {
			u.CreatedAt = u.ModifiedAt
		}
		if u.CSS == "" && u.Image == "" {
			err = uiStyles.Delete(w, string(u.PoolID), string(u.ClientID))
		} else {
			err = uiStyles.Put(w, u)
		}
		return nil, errors.Join(err, s.relook(w, u.PoolID, u.ClientID), s.recordSetting(ctx, w, u.PoolID, namedClient(u.ClientID), "set_ui_customization"))
	})
	return u, err
}

// relook makes the look of a pool or client anew from its branding: the style of
// managed login lies over the classic one.
func (s *Settings) relook(w storage.Writer, pool PoolID, client ClientID) error {
	look, err := lookOf(w, pool, client)
	if err != nil {
		return err
	}
	p, c, err := s.reopen(w, "Settings.relook", pool, namedClient(client))
	if err != nil {
		return err
	}
	if client == AllClients {
		p.Beside = p.Beside.looking(look)
		return pools.Put(w, p)
	}
	c.Beside = c.Beside.looking(look)
	return clients.Put(w, c)
}

func (b *Beside) looking(look *Theme) *Beside {
	next := b.with()
	next.Look = look
	return next
}

func lookOf(r storage.Reader, pool PoolID, client ClientID) (*Theme, error) {
	classic, err := uiStyles.Get(r, string(pool), string(client))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	managed, err := brandings.By(r, "client", string(pool), string(client))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	look := classic.Look.Over(managed.Look)
	if look == (Theme{}) {
		return nil, nil
	}
	return &look, nil
}

// CreateBranding makes the style of a client. AlreadyExists says that it has one.
func (s *Settings) CreateBranding(ctx context.Context, b Branding) (Branding, error) {
	const op = "Settings.CreateBranding"
	b.ID, b.CreatedAt = uuid.NewString(), s.Now()
	b.ModifiedAt = b.CreatedAt
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := s.reopen(w, op, b.PoolID, b.ClientID); err != nil {
			return nil, err
		}
		_, err := brandings.By(w, "client", string(b.PoolID), string(b.ClientID))
		if err == nil {
			return refuse(op, AlreadyExists), nil
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		return nil, s.keepBranding(ctx, w, b, "create_branding")
	})
	return b, err
}

func (s *Settings) keepBranding(ctx context.Context, w storage.Writer, b Branding, action string) error {
	err := firstBroken("Settings.Branding", []setting{{"assets", len(b.Assets) <= maxBrandingAssets, "at most 40"}})
	if err != nil {
		return err
	}
	for i := range b.Assets {
		a := &b.Assets[i]
		if a.Bytes == nil {
			continue
		}
		if err := brandingAssets.Put(w, brandingAsset{PoolID: b.PoolID, Branding: b.ID, Hash: a.Hash, Body: a.Bytes}); err != nil {
			return err
		}
	}
	if err := brandings.Put(w, b); err != nil {
		return err
	}
	return errors.Join(s.relook(w, b.PoolID, b.ClientID), s.recordSetting(ctx, w, b.PoolID, b.ClientID, action))
}

// Branding answers a style by its id with its pictures, or ResourceNotFound.
func (s *Settings) Branding(ctx context.Context, pool PoolID, id string) (Branding, error) {
	return s.branding(ctx, pool, func(r storage.Reader) (Branding, error) { return brandings.Get(r, string(pool), id) })
}

// BrandingOf is Branding for the style of a client.
func (s *Settings) BrandingOf(ctx context.Context, pool PoolID, client ClientID) (Branding, error) {
	return s.branding(ctx, pool, func(r storage.Reader) (Branding, error) {
		if _, err := s.GetClient(r, pool, client); err != nil {
			return Branding{}, err
		}
		return brandings.By(r, "client", string(pool), string(client))
	})
}

func (s *Settings) branding(ctx context.Context, pool PoolID, find func(storage.Reader) (Branding, error)) (b Branding, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetPool(r, pool); err != nil {
			return err
		}
		if b, err = find(r); err != nil {
			return notThere("Settings.Branding", err)
		}
		b.Assets = slices.Clone(b.Assets)
		for i := range b.Assets {
			kept, err := brandingAssets.Get(r, string(pool), b.ID, b.Assets[i].Hash)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
			b.Assets[i].Bytes = kept.Body
		}
		return nil
	})
	return b, err
}

func notThere(op string, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(op, ResourceNotFound)
	}
	return err
}

// ChangeBranding changes a style; its id and client stay.
func (s *Settings) ChangeBranding(ctx context.Context, pool PoolID, id string, change func(*Branding) error) (b Branding, err error) {
	err = s.onBranding(ctx, pool, id, func(w storage.Writer, found Branding) error {
		b = found
		b.Assets = slices.Clone(found.Assets)
		if err := change(&b); err != nil {
			return err
		}
		b.PoolID, b.ID, b.ClientID, b.CreatedAt, b.ModifiedAt = pool, found.ID, found.ClientID, found.CreatedAt, s.Now()
		for _, a := range found.Assets {
			if slices.ContainsFunc(b.Assets, func(one BrandingAsset) bool { return one.Hash == a.Hash }) {
				continue
			}
			if err := brandingAssets.Delete(w, string(pool), id, a.Hash); err != nil {
				return err
			}
		}
		return s.keepBranding(ctx, w, b, "update_branding")
	})
	return b, err
}

// DeleteBranding takes a style from its client.
func (s *Settings) DeleteBranding(ctx context.Context, pool PoolID, id string) error {
	return s.onBranding(ctx, pool, id, func(w storage.Writer, b Branding) error {
		if err := forgetBranding(w, &b); err != nil {
			return err
		}
		return errors.Join(s.relook(w, pool, b.ClientID), s.recordSetting(ctx, w, pool, b.ClientID, "delete_branding"))
	})
}

func forgetBranding(w storage.Writer, b *Branding) error {
	for _, a := range b.Assets {
		if err := brandingAssets.Delete(w, string(b.PoolID), b.ID, a.Hash); err != nil {
			return err
		}
	}
	return brandings.Delete(w, string(b.PoolID), b.ID)
}

func (s *Settings) onBranding(ctx context.Context, pool PoolID, id string, do func(storage.Writer, Branding) error) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := s.GetPool(w, pool); err != nil {
			return nil, err
		}
		b, err := brandings.Get(w, string(pool), id)
		if err != nil {
			return nil, notThere("Settings.Branding", err)
		}
		return nil, do(w, b)
	})
}

// forgetLooks removes what brands a client that is no more.
func forgetLooks(w storage.Writer, cl *Client) error {
	b, err := brandings.By(w, "client", string(cl.PoolID), string(cl.ID))
	if err == nil {
		err = forgetBranding(w, &b)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return errors.Join(uiStyles.Delete(w, string(cl.PoolID), string(cl.ID)), forgetTerms(w, cl))
}
