package cognito

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// schemaed is the pool of the rig with these attributes, as a file has it.
func schemaed(schema ...identity.Attribute) ApplySettingsRequest {
	return ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{
		ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}, Schema: schema,
	}}}}
}

func TestAttributesAddedByTheAPIOutliveTheFile(t *testing.T) {
	s := start(t)
	team := identity.Attribute{Name: "custom:team"}
	var out ApplySettingsResponse
	s.calls(AdminTarget+"ApplySettings", schemaed(team), &out)
	s.user("ann@example.test")
	s.calls(Target+"AddCustomAttributes", m{"UserPoolId": pool, "CustomAttributes": []m{{"Name": "dept", "AttributeDataType": "String"}}}, &struct{}{})
	for _, dry := range []bool{true, false} {
		in := schemaed(team)
		in.DryRun, out = dry, ApplySettingsResponse{}
		s.calls(AdminTarget+"ApplySettings", in, &out)
		if len(out.Changes) != 0 || strings.Join(out.Extra, "; ") != "attribute custom:dept in local_main" {
			t.Errorf("dry %v: %+v", dry, out)
		}
	}
	p, err := s.handler.Settings.Pool(t.Context(), pool)
	if err != nil || len(p.Schema) != 2 {
		t.Errorf("%+v, %v", p.Schema, err)
	}
	out = ApplySettingsResponse{}
	s.calls(AdminTarget+"ApplySettings", schemaed(team, p.Schema[1]), &out)
	if len(out.Changes)+len(out.Extra) != 0 {
		t.Errorf("named by the file: %+v", out)
	}
	number := identity.Attribute{Name: "custom:dept", DataType: "Number"}
	if status, kind, _ := s.says(AdminTarget+"ApplySettings", encode(t, schemaed(team, number))); status != http.StatusBadRequest {
		t.Errorf("retyped: %d %s", status, kind)
	}
}
