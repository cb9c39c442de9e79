package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// AdminSetUserSettingsRequest is the input of AdminSetUserSettings, which knows codes
// by SMS alone.
type AdminSetUserSettingsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	MFAOptions []MFAOption     `json:"MFAOptions"`
}

// AdminGetUserAuthFactorsResponse is the output of AdminGetUserAuthFactors.
type AdminGetUserAuthFactorsResponse struct {
	Username                  string   `json:"Username"`
	PreferredMFASetting       string   `json:"PreferredMfaSetting,omitempty"`
	UserMFASettingList        []string `json:"UserMFASettingList,omitempty"`
	ConfiguredUserAuthFactors []string `json:"ConfiguredUserAuthFactors,omitempty"`
}

// smsAlone reads options as what becomes of codes by SMS: on where they are named,
// else off.
func smsAlone(options []MFAOption) (identity.SetSecond, error) {
	set := identity.SetSecond{Kind: identity.FactorSMS}
	for _, option := range options {
		if option.DeliveryMedium != "SMS" || option.AttributeName != "phone_number" {
			return set, invalid("MFAOptions", "takes SMS to phone_number")
		}
		set.Enabled = true
	}
	return set, nil
}

func (h *Handler) adminSetUserSettings(ctx context.Context, in AdminSetUserSettingsRequest) (done, error) {
	set, err := smsAlone(in.MFAOptions)
	if err != nil {
		return done{}, err
	}
	return done{}, h.Admin.SetSeconds(ctx, in.UserPoolID, in.Username, []identity.SetSecond{set})
}

func (h *Handler) adminDeleteSoftwareToken(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.DeleteTOTP(ctx, in.UserPoolID, in.Username)
}

func (h *Handler) adminGetUserAuthFactors(ctx context.Context, in OneUser) (out AdminGetUserAuthFactorsResponse, err error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return out, err
	}
	list, second, err := h.Admin.Factors(ctx, in.UserPoolID, string(u.ID))
	return AdminGetUserAuthFactorsResponse{
		Username: u.Username, UserMFASettingList: settingList(second), PreferredMFASetting: preferred(list, second),
		ConfiguredUserAuthFactors: waysOf(list),
	}, err
}
