package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"poolhouse.dev/identity/avatar"
	"poolhouse.dev/storage"
)

const attrPicture = "picture"

// avatarFile is a person's picture. Its name is a MAC of the content: it is
// another one for each picture, and nobody guesses it, not even from the picture.
type avatarFile struct {
	PoolID      PoolID    `json:"user_pool_id"`
	UserID      UserID    `json:"sub"`
	Name        string    `json:"name"` // as in its URL, with the ending
	ContentType string    `json:"content_type"`
	Body        []byte    `json:"body"`
	ChangedAt   time.Time `json:"changed_at"`
}

// avatars keeps one picture for each person.
var avatars = storage.Collection[avatarFile]{
	Name: "avatar", Format: 1,
	ID:     func(f *avatarFile) []any { return []any{string(f.PoolID), string(f.UserID)} },
	Unique: []storage.Unique[avatarFile]{{Name: "name", Of: func(f *avatarFile) []any { return []any{string(f.PoolID), f.Name} }}},
}

// avatarsByUser bounds the work of drawing pictures for one person.
var avatarsByUser = Limit{Name: "avatar_user", Burst: 10, Every: 6 * time.Minute, By: ByUser}

// Avatar is a picture as it is served.
type Avatar struct {
	Body        []byte
	ContentType string // image/png or image/jpeg
}

// Avatar answers the picture with this name; ResourceNotFound when nobody has it.
func (a *Accounts) Avatar(ctx context.Context, pool PoolID, name string) (Avatar, error) {
	var found avatarFile
	err := a.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = avatars.By(r, "name", string(pool), name)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return Avatar{}, refuse("Accounts.Avatar", ResourceNotFound)
	}
	return Avatar{Body: found.Body, ContentType: found.ContentType}, err
}

// SetAvatar makes an uploaded picture the person's own and its address their
// attribute "picture". address answers the public URL of a name. A picture that
// cannot be used is refused with AttributeRefused around an error of package avatar.
func (a *Accounts) SetAvatar(ctx context.Context, auth Authentication, file []byte, address func(name string) string, o Origin) error {
	const op = "Accounts.SetAvatar"
	if err := a.mayDraw(ctx, op, auth); err != nil {
		return err
	}
	picture, err := avatar.Make(ctx, file)
	if errors.Is(err, avatar.ErrFormat) || errors.Is(err, avatar.ErrTooLarge) || errors.Is(err, avatar.ErrDamaged) {
		return &Error{Code: AttributeRefused, Op: op, Field: attrPicture, Err: err}
	}
	if err != nil {
		return err
	}
	made := avatarFile{PoolID: auth.pool, UserID: auth.user, ContentType: picture.ContentType, Body: picture.Body, ChangedAt: a.Now()}
	made.Name = a.avatarName(&made)
	return a.savePicture(ctx, op, auth, address(made.Name), o, func(w storage.Writer) error { return avatars.Put(w, made) })
}

// RemoveAvatar forgets the person's picture.
func (a *Accounts) RemoveAvatar(ctx context.Context, auth Authentication, o Origin) error {
	return a.savePicture(ctx, "Accounts.RemoveAvatar", auth, "", o, func(w storage.Writer) error {
		return avatars.Delete(w, string(auth.pool), string(auth.user))
	})
}

// mayDraw counts the try, and refuses what could not be saved before any work is done.
func (a *Accounts) mayDraw(ctx context.Context, op string, auth Authentication) error {
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if failed := pictureWritable(op, &m); failed != nil {
			return failed, nil
		}
		return a.under(w, op, callerOf(&m.user, deed{Client: auth.client}), charge{avatarsByUser, personKey(auth.pool, auth.user)})
	})
}

func pictureWritable(op string, m *account) *Error {
	rule, _ := m.pool.attributeOf(attrPicture)
	if !writable(&m.client, attrPicture) || !rule.mutable() {
		return &Error{Code: AttributeRefused, Op: op, Field: attrPicture}
	}
	return nil
}

func (a *Accounts) avatarName(f *avatarFile) string {
	name := hex.EncodeToString(a.Sealer.MAC("avatar", string(f.PoolID), string(f.UserID), string(f.Body))[:16])
	if strings.HasSuffix(f.ContentType, "jpeg") {
		return name + ".jpg"
	}
	return name + ".png"
}

// savePicture sets the attribute and does what belongs to it, in one transaction.
func (a *Accounts) savePicture(ctx context.Context, op string, auth Authentication, value string, o Origin, also func(storage.Writer) error) error {
	d := deed{Action: "update_attributes", Client: auth.client, Session: auth.session, Origin: o, Detail: map[string]string{"attributes": attrPicture}}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		checked, failed := checkAttributes(op, &m.pool, &m.client, bySelf, map[string]string{attrPicture: value}, m.user.Attributes)
		if failed != nil {
			return failed, nil
		}
		applyAttributes(&m.user, checked)
		if err := a.saveUser(w, &m.pool, &m.user); err != nil {
			return nil, err
		}
		if err := also(w); err != nil {
			return nil, err
		}
		return nil, a.record(w, &m.user, d)
	})
}
