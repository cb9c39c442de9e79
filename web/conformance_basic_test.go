package web_test

import "testing"

// The plan oidcc-basic-certification-test-plan.
func TestConformanceBasic(t *testing.T) {
	certify(t, plan{types: "code"})
}
