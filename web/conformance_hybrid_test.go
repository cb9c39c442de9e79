package web_test

import "testing"

// The plan oidcc-hybrid-certification-test-plan.
func TestConformanceHybrid(t *testing.T) {
	for _, types := range []string{"code id_token", "code token", "code id_token token"} {
		t.Run(types, func(t *testing.T) { certify(t, plan{types: types}) })
	}
}
