package cognito

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"poolhouse.dev/identity"
)

// maxBrandingBody is the largest input about a style: Cognito takes 2 MB.
const maxBrandingBody = 2 << 20

// Branding is ManagedLoginBrandingType. Settings is a JSON document.
type Branding struct {
	ID                       string          `json:"ManagedLoginBrandingId"`
	UserPoolID               identity.PoolID `json:"UserPoolId"`
	UseCognitoProvidedValues bool            `json:"UseCognitoProvidedValues"`
	Settings                 json.RawMessage `json:"Settings,omitempty"`
	Assets                   []BrandingAsset `json:"Assets,omitempty"`
	CreationDate             *Timestamp      `json:"CreationDate"`
	LastModifiedDate         *Timestamp      `json:"LastModifiedDate"`
}

// BrandingAsset is AssetType.
type BrandingAsset struct {
	Category   string `json:"Category"`
	ColorMode  string `json:"ColorMode"`
	Extension  string `json:"Extension"`
	Bytes      []byte `json:"Bytes,omitempty"`
	ResourceID string `json:"ResourceId,omitempty"`
}

// BrandingRequest is the input of CreateManagedLoginBranding and
// UpdateManagedLoginBranding.
type BrandingRequest struct {
	UserPoolID               identity.PoolID   `json:"UserPoolId"`
	ClientID                 identity.ClientID `json:"ClientId,omitempty"`
	ID                       string            `json:"ManagedLoginBrandingId,omitempty"`
	UseCognitoProvidedValues bool              `json:"UseCognitoProvidedValues,omitempty"`
	Settings                 json.RawMessage   `json:"Settings,omitempty"`
	Assets                   []BrandingAsset   `json:"Assets,omitempty"`
}

// OneBranding is the input of operations that read or delete a style.
type OneBranding struct {
	UserPoolID            identity.PoolID   `json:"UserPoolId"`
	ClientID              identity.ClientID `json:"ClientId,omitempty"`
	ID                    string            `json:"ManagedLoginBrandingId,omitempty"`
	ReturnMergedResources bool              `json:"ReturnMergedResources,omitempty"`
}

// BrandingResponse is the output of operations about one style.
type BrandingResponse struct {
	ManagedLoginBranding Branding `json:"ManagedLoginBranding"`
}

// check refuses an input that says both that a style is Cognito's and what it is.
func (in *BrandingRequest) check() error {
	if string(in.Settings) == "null" {
		in.Settings = nil
	}
	if in.UseCognitoProvidedValues && (in.Settings != nil || len(in.Assets) > 0) {
		return invalid("UseCognitoProvidedValues", "cannot stand beside Settings and Assets")
	}
	if in.Settings != nil && !bytes.HasPrefix(bytes.TrimSpace(in.Settings), []byte("{")) {
		return invalid("Settings", "is no JSON object")
	}
	for _, a := range in.Assets {
		if len(a.Bytes) > identity.MaxBrandingAsset {
			return invalid("Assets", "hold a picture larger than 700 KiB")
		}
	}
	return nil
}

// apply sets what the input says. Settings that it leaves out stay; of the
// pictures it replaces those of the same category and colour mode.
func (in *BrandingRequest) apply(b *identity.Branding) {
	b.Provided = in.UseCognitoProvidedValues
	if b.Provided {
		b.Settings, b.Assets = nil, nil
	}
	if in.Settings != nil {
		b.Settings = in.Settings
	}
	for _, a := range in.Assets {
		one := identity.BrandingAsset{Category: a.Category, ColorMode: a.ColorMode, Extension: a.Extension, ResourceID: a.ResourceID, Bytes: a.Bytes}
		if len(a.Bytes) > 0 {
			one.Hash = hashOf(a.Bytes)
		}
		at := slices.IndexFunc(b.Assets, func(have identity.BrandingAsset) bool {
			return have.Category == a.Category && have.ColorMode == a.ColorMode
		})
		if at < 0 {
			b.Assets = append(b.Assets, one)
		} else {
			b.Assets[at] = one
		}
	}
	b.Look = brandedLook(b)
}

func brandingAnswer(b *identity.Branding, merged bool) BrandingResponse {
	out := Branding{
		ID: b.ID, UserPoolID: b.PoolID, UseCognitoProvidedValues: b.Provided, Settings: b.Settings,
		CreationDate: stamp(b.CreatedAt), LastModifiedDate: stamp(b.ModifiedAt),
	}
	for _, a := range b.Assets {
		out.Assets = append(out.Assets, BrandingAsset{a.Category, a.ColorMode, a.Extension, a.Bytes, a.ResourceID})
	}
	if merged {
		out.Settings = mergedSettings(b.Settings)
	}
	return BrandingResponse{out}
}

func brandingRefusal(err error) error {
	switch code, _ := identity.CodeOf(err); code {
	case identity.ResourceNotFound:
		return exception("ResourceNotFoundException", "Managed login branding style does not exist.")
	case identity.AlreadyExists:
		return exception("ManagedLoginBrandingExistsException", "A managed login branding style already exists for this client.")
	}
	return err
}

func (h *Handler) createManagedLoginBranding(ctx context.Context, in BrandingRequest) (BrandingResponse, error) {
	if err := in.check(); err != nil {
		return BrandingResponse{}, err
	}
	if err := h.keepPictures(ctx, in.Assets); err != nil {
		return BrandingResponse{}, err
	}
	b := identity.Branding{PoolID: in.UserPoolID, ClientID: in.ClientID}
	in.apply(&b)
	made, err := h.Settings.CreateBranding(ctx, b)
	return brandingAnswer(&made, false), brandingRefusal(err)
}

func (h *Handler) describeManagedLoginBranding(ctx context.Context, in OneBranding) (BrandingResponse, error) {
	b, err := h.Settings.Branding(ctx, in.UserPoolID, in.ID)
	return brandingAnswer(&b, in.ReturnMergedResources), brandingRefusal(err)
}

func (h *Handler) describeManagedLoginBrandingByClient(ctx context.Context, in OneBranding) (BrandingResponse, error) {
	b, err := h.Settings.BrandingOf(ctx, in.UserPoolID, in.ClientID)
	return brandingAnswer(&b, in.ReturnMergedResources), brandingRefusal(err)
}

func (h *Handler) updateManagedLoginBranding(ctx context.Context, in BrandingRequest) (BrandingResponse, error) {
	if err := in.check(); err != nil {
		return BrandingResponse{}, err
	}
	if err := h.keepPictures(ctx, in.Assets); err != nil {
		return BrandingResponse{}, err
	}
	_, err := h.Settings.ChangeBranding(ctx, in.UserPoolID, in.ID, func(b *identity.Branding) error {
		in.apply(b)
		return nil
	})
	if err != nil {
		return BrandingResponse{}, brandingRefusal(err)
	}
	return h.describeManagedLoginBranding(ctx, OneBranding{UserPoolID: in.UserPoolID, ID: in.ID})
}

func (h *Handler) deleteManagedLoginBranding(ctx context.Context, in OneBranding) (done, error) {
	return done{}, brandingRefusal(h.Settings.DeleteBranding(ctx, in.UserPoolID, in.ID))
}
