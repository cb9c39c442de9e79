package web_test

import "testing"

// The plan oidcc-implicit-certification-test-plan.
func TestConformanceImplicit(t *testing.T) {
	for _, types := range []string{"id_token", "id_token token"} {
		t.Run(types, func(t *testing.T) { certify(t, plan{types: types}) })
	}
}
