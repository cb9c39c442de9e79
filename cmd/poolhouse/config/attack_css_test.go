package config

import (
	"strings"
	"testing"
)

func TestAttackStyleSheetInTheFile(t *testing.T) {
	_, err := load(t, "pools: [{theme: {css: extra.css}}]\n", "extra.css", "a{}\n@import '//evil.test';")
	if err == nil || !strings.Contains(err.Error(), `"extra.css": line 2 has "@import"`) {
		t.Errorf("%v", err)
	}
}
