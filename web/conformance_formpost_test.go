package web_test

import "testing"

// The plan oidcc-formpost-basic-certification-test-plan.
func TestConformanceFormPostBasic(t *testing.T) {
	certify(t, plan{types: "code", mode: "form_post"})
}

// The plan oidcc-formpost-implicit-certification-test-plan.
func TestConformanceFormPostImplicit(t *testing.T) {
	for _, types := range []string{"id_token", "id_token token"} {
		t.Run(types, func(t *testing.T) { certify(t, plan{types: types, mode: "form_post"}) })
	}
}

// The plan oidcc-formpost-hybrid-certification-test-plan.
func TestConformanceFormPostHybrid(t *testing.T) {
	for _, types := range []string{"code id_token", "code token", "code id_token token"} {
		t.Run(types, func(t *testing.T) { certify(t, plan{types: types, mode: "form_post"}) })
	}
}
