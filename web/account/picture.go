package account

import (
	"bytes"
	"errors"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/avatar"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// avatarName answers the name of the person's picture, when it is kept here.
func (v *visit) avatarName() (name string, ours bool) {
	return strings.CutPrefix(v.me.Attributes["picture"], v.Server().URL(v.Pool.ID, "/avatars/"))
}

func (v *visit) pictureField() account.PictureField {
	rule := web.AttributeOf(&v.Pool, "picture")
	if !v.writes("picture") || rule.Mutable != nil && !*rule.Mutable {
		return account.PictureField{}
	}
	field := account.PictureField{Action: v.Path("/account/avatar")}
	if v.me.Attributes["picture"] != "" && !rule.Required {
		field.RemoveAction = v.Path("/account/avatar/remove")
	}
	return field
}

// setAvatar takes an uploaded picture.
func setAvatar(v *visit) error {
	switch {
	case v.File.Field != "picture" || len(v.File.Body) == 0 && !v.File.TooLarge:
		return v.pictureRefused("account.picture_none")
	case v.File.TooLarge:
		return v.pictureRefused("account.picture_large")
	}
	address := func(name string) string { return v.Server().URL(v.Pool.ID, "/avatars/"+name) }
	err := accounts(v.Request).SetAvatar(v.Ctx(), v.auth, v.File.Body, address, v.Origin())
	switch {
	case err == nil:
		return v.See(v.Path("/account") + "?notice=avatar")
	case errors.Is(err, avatar.ErrTooLarge):
		return v.pictureRefused("account.picture_large")
	case errors.Is(err, avatar.ErrDamaged):
		return v.pictureRefused("account.picture_damaged")
	case errors.Is(err, avatar.ErrFormat) && isWebP(v.File.Body):
		return v.pictureRefused("account.picture_webp")
	case errors.Is(err, avatar.ErrFormat):
		return v.pictureRefused("account.picture_format")
	}
	return v.profileRefused(err, nil)
}

func isWebP(file []byte) bool {
	return len(file) > 12 && bytes.Equal(file[:4], []byte("RIFF")) && bytes.Equal(file[8:12], []byte("WEBP"))
}

func (v *visit) pictureRefused(message string) error {
	return v.profile(web.Unprocessable, []layout.FieldError{{Field: "picture", Text: v.T(message)}})
}

func removeAvatar(v *visit) error {
	if err := accounts(v.Request).RemoveAvatar(v.Ctx(), v.auth, v.Origin()); err != nil {
		return v.profileRefused(err, nil)
	}
	return v.See(v.Path("/account") + "?notice=avatar_removed")
}

// showAvatar answers a picture to whoever has its address.
func showAvatar(r *web.Request) error {
	name := r.HTTP().URL.Path[strings.LastIndex(r.HTTP().URL.Path, "/")+1:]
	if len(name) > 64 {
		return &identity.Error{Code: identity.ResourceNotFound, Op: "avatar"}
	}
	found, err := accounts(r).Avatar(r.Ctx(), r.Pool.ID, name)
	if err != nil {
		return err
	}
	return r.Portrait(found.ContentType, found.Body)
}
