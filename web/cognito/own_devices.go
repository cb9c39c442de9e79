package cognito

import (
	"context"
	"encoding/base64"

	"poolhouse.dev/identity"
)

// ConfirmDeviceRequest is the input of ConfirmDevice.
type ConfirmDeviceRequest struct {
	AccessToken                Secret                     `json:"AccessToken"`
	DeviceKey                  string                     `json:"DeviceKey"`
	DeviceSecretVerifierConfig DeviceSecretVerifierConfig `json:"DeviceSecretVerifierConfig"`
	DeviceName                 string                     `json:"DeviceName,omitempty"`
}

// DeviceSecretVerifierConfig is DeviceSecretVerifierConfigType, both in base64.
type DeviceSecretVerifierConfig struct {
	PasswordVerifier Secret `json:"PasswordVerifier,omitempty"`
	Salt             Secret `json:"Salt,omitempty"`
}

// ConfirmDeviceResponse is its output.
type ConfirmDeviceResponse struct {
	UserConfirmationNecessary bool `json:"UserConfirmationNecessary"`
}

// OwnDevice is the input of operations on one device of the person.
type OwnDevice struct {
	AccessToken Secret `json:"AccessToken"`
	DeviceKey   string `json:"DeviceKey"`
}

// ListDevicesRequest is the input of ListDevices.
type ListDevicesRequest struct {
	AccessToken     Secret `json:"AccessToken"`
	Limit           int    `json:"Limit,omitempty"`
	PaginationToken string `json:"PaginationToken,omitempty"`
}

// ListDevicesResponse is its output, in the order of the keys.
type ListDevicesResponse struct {
	Devices         []Device `json:"Devices"`
	PaginationToken string   `json:"PaginationToken,omitempty"`
}

// UpdateDeviceStatusRequest is the input of UpdateDeviceStatus.
type UpdateDeviceStatusRequest struct {
	AccessToken            Secret `json:"AccessToken"`
	DeviceKey              string `json:"DeviceKey"`
	DeviceRememberedStatus string `json:"DeviceRememberedStatus,omitempty"` // remembered, not_remembered
}

// noDevice is what clients match to drop the device that they keep.
var noDevice = exception("ResourceNotFoundException", "Device does not exist.")

func (p *person) onDevice(err error) error {
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return noDevice
	}
	return p.ended(err)
}

func (h *Handler) confirmDevice(ctx context.Context, in ConfirmDeviceRequest) (out ConfirmDeviceResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	salt, err := base64.StdEncoding.DecodeString(string(in.DeviceSecretVerifierConfig.Salt))
	if err != nil {
		return out, invalid("DeviceSecretVerifierConfig.Salt", "is not base64")
	}
	verifier, err := base64.StdEncoding.DecodeString(string(in.DeviceSecretVerifierConfig.PasswordVerifier))
	if err != nil {
		return out, invalid("DeviceSecretVerifierConfig.PasswordVerifier", "is not base64")
	}
	out.UserConfirmationNecessary, err = h.Devices.Confirm(ctx, who.auth, identity.ConfirmDevice{
		Key: in.DeviceKey, Salt: salt, Verifier: verifier, Name: in.DeviceName, Origin: who.origin,
	})
	if code, _ := identity.CodeOf(err); code == identity.InvalidState {
		err = invalid("DeviceKey", "is confirmed already, or the pool does not track devices")
	}
	return out, who.onDevice(err)
}

// GetDeviceResponse is the output of GetDevice.
type GetDeviceResponse struct {
	Device Device `json:"Device"`
}

func (h *Handler) getDevice(ctx context.Context, in OwnDevice) (out GetDeviceResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	found, err := h.Devices.Get(ctx, who.auth, in.DeviceKey)
	if err == nil {
		out.Device = deviceOf(found)
	}
	return out, who.onDevice(err)
}

func (h *Handler) listDevices(ctx context.Context, in ListDevicesRequest) (ListDevicesResponse, error) {
	out := ListDevicesResponse{Devices: []Device{}}
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	list := listing{operation: "ListDevices", pool: who.pool, asked: []string{string(who.auth.User())}, member: "PaginationToken"}
	page, err := h.pageAt(list, in.Limit, in.PaginationToken)
	if err != nil {
		return out, err
	}
	found, more, err := h.Devices.Page(ctx, who.auth, page.Limit, string(page.Cursor))
	for _, d := range found {
		out.Devices = append(out.Devices, deviceOf(d))
	}
	if more {
		out.PaginationToken = h.pageFrom(list, []byte(found[len(found)-1].Key))
	}
	return out, who.ended(err)
}

func (h *Handler) updateDeviceStatus(ctx context.Context, in UpdateDeviceStatusRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.onDevice(h.Devices.UpdateStatus(ctx, who.auth, in.DeviceKey, in.DeviceRememberedStatus == remembered, who.origin))
}

func (h *Handler) forgetDevice(ctx context.Context, in OwnDevice) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.onDevice(h.Devices.Forget(ctx, who.auth, in.DeviceKey, who.origin))
}
