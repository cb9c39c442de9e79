package cognito

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/theme"
)

// UICustomization is UICustomizationType.
type UICustomization struct {
	UserPoolID       identity.PoolID   `json:"UserPoolId,omitempty"`
	ClientID         identity.ClientID `json:"ClientId,omitempty"`
	ImageURL         string            `json:"ImageUrl,omitempty"`
	CSS              string            `json:"CSS,omitempty"`
	CSSVersion       string            `json:"CSSVersion,omitempty"`
	LastModifiedDate *Timestamp        `json:"LastModifiedDate,omitempty"`
	CreationDate     *Timestamp        `json:"CreationDate,omitempty"`
}

// UICustomizationResponse is the output of GetUICustomization and
// SetUICustomization; it is empty where nothing is customised.
type UICustomizationResponse struct {
	UICustomization UICustomization `json:"UICustomization"`
}

// SetUICustomizationRequest is the input of SetUICustomization. It replaces what
// there was; without CSS and ImageFile it takes it away.
type SetUICustomizationRequest struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId,omitempty"`
	CSS        string            `json:"CSS,omitempty"`
	ImageFile  []byte            `json:"ImageFile,omitempty"`
}

func (h *Handler) uiCustomization(u *identity.UIStyle) UICustomizationResponse {
	out := UICustomization{
		UserPoolID: u.PoolID, ClientID: u.ClientID, CSS: u.CSS, CSSVersion: u.ModifiedAt.UTC().Format("20060102150405"),
		LastModifiedDate: stamp(u.ModifiedAt), CreationDate: stamp(u.CreatedAt),
	}
	if u.Image != "" {
		out.ImageURL = h.URL(u.PoolID) + "/assets/theme/file/" + u.Image
	}
	return UICustomizationResponse{out}
}

func (h *Handler) getUICustomization(ctx context.Context, in OneClient) (UICustomizationResponse, error) {
	u, found, err := h.Settings.UIStyle(ctx, in.UserPoolID, cmp.Or(in.ClientID, identity.AllClients))
	if err != nil || !found {
		return UICustomizationResponse{}, err
	}
	return h.uiCustomization(&u), nil
}

func (h *Handler) setUICustomization(ctx context.Context, in SetUICustomizationRequest) (UICustomizationResponse, error) {
	u := identity.UIStyle{PoolID: in.UserPoolID, ClientID: cmp.Or(in.ClientID, identity.AllClients), CSS: in.CSS}
	sheet, err := theme.Classic(in.CSS)
	if err != nil {
		return UICustomizationResponse{}, invalid("CSS", "cannot be used: "+err.Error())
	}
	if sheet != "" {
		u.Look.ColorScheme = "light" // the classic pages have no other, and so no class for it
		if u.Look.CSS, err = h.keepFile(ctx, "text/css; charset=utf-8", []byte(sheet)); err != nil {
			return UICustomizationResponse{}, err
		}
	}
	if len(in.ImageFile) > 0 {
		kind := http.DetectContentType(in.ImageFile)
		if kind != "image/png" && kind != "image/jpeg" {
			return UICustomizationResponse{}, invalid("ImageFile", "is neither PNG nor JPEG")
		}
		if u.Image, err = h.keepFile(ctx, kind, in.ImageFile); err != nil {
			return UICustomizationResponse{}, err
		}
		u.Look.Logo = u.Image
	}
	if u, err = h.Settings.SetUIStyle(ctx, u); err != nil {
		return UICustomizationResponse{}, err
	}
	return h.uiCustomization(&u), nil
}

// keepFile stores a file of a theme and answers its name.
func (h *Handler) keepFile(ctx context.Context, kind string, body []byte) (string, error) {
	name := hashOf(body)
	return name, h.Files.put(ctx, Asset{Hash: name, ContentType: kind, Body: body})
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
