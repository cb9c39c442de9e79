package identity

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"poolhouse.dev/identity/avatar"
)

// dot is a PNG of one colour.
func dot(t *testing.T, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		m.Set(i%8, i/8, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var red, seeThrough = color.NRGBA{R: 255, A: 255}, color.NRGBA{G: 255, A: 99}

func (k *kit) draw(auth Authentication, file []byte) error {
	return k.accounts().SetAvatar(context.Background(), auth, file, func(name string) string { return "https://login.example.test/avatars/" + name }, Origin{})
}

// picture answers the name of the person's picture, as their attribute has it.
func (k *kit) picture(email string) string {
	return strings.TrimPrefix(k.find(email).Attributes["picture"], "https://login.example.test/avatars/")
}

func TestAPictureIsDrawnServedReplacedAndRemoved(t *testing.T) {
	k, ctx := newKit(t), context.Background()
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.ok(k.draw(auth, dot(t, red)))
	first := k.picture("ann@example.test")
	got, err := k.accounts().Avatar(ctx, testPool, first)
	if err != nil || got.ContentType != "image/jpeg" || !strings.HasSuffix(first, ".jpg") || len(got.Body) == 0 {
		t.Fatalf("%q: %s, %v", first, got.ContentType, err)
	}
	k.ok(k.draw(auth, dot(t, seeThrough)))
	second := k.picture("ann@example.test")
	if got, err := k.accounts().Avatar(ctx, testPool, second); err != nil || got.ContentType != "image/png" {
		t.Fatalf("%q: %s, %v", second, got.ContentType, err)
	}
	_, err = k.accounts().Avatar(ctx, testPool, first)
	k.refused(err, ResourceNotFound)
	k.ok(k.accounts().RemoveAvatar(ctx, auth, Origin{}))
	_, err = k.accounts().Avatar(ctx, testPool, second)
	k.refused(err, ResourceNotFound)
	if left, there := k.find("ann@example.test").Attributes["picture"]; there {
		t.Errorf("the attribute stays: %q", left)
	}
	k.audited("update_attributes", "ok")
}

func TestAPictureGoesWithItsPerson(t *testing.T) {
	k, ctx := newKit(t), context.Background()
	k.user("ann@example.test", Confirmed)
	k.ok(k.draw(k.in("ann@example.test", Origin{}).Auth, dot(t, red)))
	name := k.picture("ann@example.test")
	k.ok(k.admin().Delete(ctx, testPool, "ann@example.test"))
	_, err := k.accounts().Avatar(ctx, testPool, name)
	k.refused(err, ResourceNotFound)
}

// The same picture has another name for everybody: who holds a photo of Ann
// cannot find her account by it.
func TestAttackFindAPersonByTheirPicture(t *testing.T) {
	k := newKit(t)
	names := map[string]bool{}
	for _, email := range []string{"ann@example.test", "bob@example.test"} {
		k.user(email, Confirmed)
		k.ok(k.draw(k.in(email, Origin{}).Auth, dot(t, red)))
		names[k.picture(email)] = true
	}
	if len(names) != 2 {
		t.Errorf("both are %v", names)
	}
}

func TestAPictureThatCannotBeUsedIsRefused(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	e := k.refused(k.draw(auth, []byte("no picture")), AttributeRefused)
	if !errors.Is(e, avatar.ErrFormat) || e.Field != "picture" {
		t.Errorf("%v", e)
	}
	k.client(func(c *Client) { c.WriteAttributes = []string{"name"} })
	k.refused(k.draw(auth, dot(t, red)), AttributeRefused)
	k.client(func(c *Client) { c.WriteAttributes = nil })
	no := false
	k.pool(func(p *Pool) { p.Schema = []Attribute{{Name: "picture", Mutable: &no}} })
	k.refused(k.draw(auth, dot(t, red)), AttributeRefused)
}

func TestAttackPicturesWithoutEnd(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	for range avatarsByUser.Burst {
		k.refused(k.draw(auth, []byte("no picture")), AttributeRefused)
	}
	k.refused(k.draw(auth, []byte("no picture")), TooManyAttempts)
}
