package cognito

import (
	"context"
	"net/url"

	"poolhouse.dev/identity"
)

// settingNames spells second factors as UserMFASettingList does; codes by mail
// are EMAIL_OTP there, and EMAIL_MFA in SELECT_MFA_TYPE.
func settingName(f identity.Factor) string {
	if f == identity.FactorEmail {
		return "EMAIL_OTP"
	}
	return string(f)
}

func settingList(second []identity.Factor) []string {
	var names []string
	for _, f := range second {
		names = append(names, settingName(f))
	}
	return names
}

// preferred answers the preferred one of the second factors in use.
func preferred(list identity.FactorList, second []identity.Factor) string {
	if len(second) == 0 || second[0] != list.Preferred {
		return ""
	}
	return settingName(list.Preferred)
}

func (h *Handler) adminSetUserMFAPreference(ctx context.Context, in AdminSetUserMFAPreferenceRequest) (done, error) {
	var set []identity.SetSecond
	for _, each := range []struct {
		kind identity.Factor
		to   *MFAPreference
	}{
		{identity.FactorSMS, in.SMSMFASettings}, {identity.FactorTOTP, in.SoftwareTokenMFASettings},
		{identity.FactorEmail, in.EmailMFASettings}, {identity.FactorPasskey, in.WebAuthnMFASettings},
	} {
		if each.to != nil {
			set = append(set, identity.SetSecond{Kind: each.kind, Enabled: each.to.Enabled, Preferred: each.to.PreferredMFA})
		}
	}
	return done{}, h.Admin.SetSeconds(ctx, in.UserPoolID, in.Username, set)
}

func (h *Handler) listUserFactors(ctx context.Context, in OneUser) (UserFactors, error) {
	list, second, err := h.Admin.Factors(ctx, in.UserPoolID, in.Username)
	out := UserFactors{
		Password: list.Password, UserMFASettingList: settingList(second), PreferredMFASetting: preferred(list, second), Required: list.Required,
		RecoveryCodesLeft: list.Recovery.Left, RecoveryCodes: list.Recovery.Of, RecoveryCodesMade: stamp(list.Recovery.Since),
	}
	if list.App != nil {
		out.SoftwareToken = &App{FriendlyDeviceName: list.App.Name, CreatedAt: stamp(list.App.Since)}
	}
	for _, k := range list.Passkeys {
		out.Passkeys = append(out.Passkeys, Passkey{
			CredentialID: k.ID, FriendlyCredentialName: k.Name, CreatedAt: stamp(k.CreatedAt), LastUsedAt: stamp(k.LastUsedAt),
		})
	}
	return out, err
}

func (h *Handler) resetUserFactors(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.ResetFactors(ctx, in.UserPoolID, in.Username)
}

func (h *Handler) createRecoveryLink(ctx context.Context, in CreateRecoveryLinkRequest) (CreateRecoveryLinkResponse, error) {
	made, err := h.Admin.RecoveryLink(ctx, in.UserPoolID, in.Username, in.Mail)
	out := CreateRecoveryLinkResponse{ExpiresAt: stamp(made.ExpiresAt)}
	if made.Link != "" {
		out.Link = Secret(h.URL(in.UserPoolID) + "/resetPassword?" + url.Values{"link": {made.Link}}.Encode())
	}
	if made.Delivery.Destination != "" {
		out.CodeDeliveryDetails = &CodeDeliveryDetails{
			Destination: made.Delivery.Destination, DeliveryMedium: made.Delivery.Medium, AttributeName: made.Delivery.Attribute,
		}
	}
	return out, err
}

// Values of the device_status attribute (Cognito DeviceRememberedStatusType).
const (
	remembered    = "remembered"
	notRemembered = "not_remembered"
)

func deviceOf(d identity.DeviceView) Device {
	name, status := d.Name, notRemembered
	if name == "" {
		name = d.UserAgent
	}
	if d.Remembered {
		status = remembered
	}
	return Device{
		DeviceKey: d.Key, DeviceCreateDate: stamp(d.FirstSeen), DeviceLastModifiedDate: stamp(d.LastSeen), DeviceLastAuthenticatedDate: stamp(d.LastSeen),
		DeviceAttributes: []Pair{{"device_name", name}, {"device_status", status}, {"last_ip_used", d.Address}},
	}
}

func (h *Handler) adminListDevices(ctx context.Context, in AdminListDevicesRequest) (AdminListDevicesResponse, error) {
	out := AdminListDevicesResponse{Devices: []Device{}}
	list := listing{operation: "AdminListDevices", pool: in.UserPoolID, asked: []string{in.Username}, member: "PaginationToken"}
	page, err := h.pageAt(list, in.Limit, in.PaginationToken)
	if err != nil {
		return out, err
	}
	found, more, err := h.Admin.DevicePage(ctx, in.UserPoolID, in.Username, page.Limit, string(page.Cursor))
	for _, d := range found {
		out.Devices = append(out.Devices, deviceOf(d))
	}
	if more {
		out.PaginationToken = h.pageFrom(list, []byte(found[len(found)-1].Key))
	}
	return out, err
}

func (h *Handler) adminGetDevice(ctx context.Context, in OneDevice) (AdminGetDeviceResponse, error) {
	found, err := h.Admin.Devices(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return AdminGetDeviceResponse{}, err
	}
	for _, d := range found {
		if d.Key == in.DeviceKey {
			return AdminGetDeviceResponse{Device: deviceOf(d)}, nil
		}
	}
	return AdminGetDeviceResponse{}, noDevice
}

func (h *Handler) adminForgetDevice(ctx context.Context, in OneDevice) (done, error) {
	return done{}, deviceRefusal(h.Admin.ForgetDevice(ctx, in.UserPoolID, in.Username, in.DeviceKey))
}

func (h *Handler) adminUpdateDeviceStatus(ctx context.Context, in AdminUpdateDeviceStatusRequest) (done, error) {
	return done{}, deviceRefusal(h.Admin.RememberDevice(ctx, in.UserPoolID, in.Username, in.DeviceKey, in.DeviceRememberedStatus == remembered))
}

func deviceRefusal(err error) error {
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return noDevice
	}
	return err
}
