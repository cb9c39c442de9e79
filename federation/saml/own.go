package saml

import (
	"encoding/base64"

	"github.com/beevik/etree"

	"poolhouse.dev/federation"
)

// Own is what a pool says of itself to identity providers.
type Own struct {
	Pool      string
	Callback  string // the assertion consumer service
	Base      string
	Key       Key
	Encrypted bool // an encryption certificate is published: some provider has EncryptedResponses on
	Signed    bool // requests are signed: every provider has RequestSigningAlgorithm
}

// Metadata answers a pool's own metadata as XML. It has no validUntil: it is
// given to identity providers by hand, and must not end by itself.
func Metadata(o Own) ([]byte, error) {
	private, certificate, err := o.Key.open()
	if err != nil {
		return nil, err
	}
	p := &Provider{settings: federation.Settings{Pool: o.Pool, Base: o.Base}, private: private, certificate: certificate}
	document := etree.NewDocument()
	document.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	root := document.CreateElement("md:EntityDescriptor")
	root.CreateAttr("xmlns:md", metadataNS)
	root.CreateAttr("xmlns:ds", signatureNS)
	root.CreateAttr("entityID", p.entity())
	role := root.CreateElement("md:SPSSODescriptor")
	role.CreateAttr("AuthnRequestsSigned", boolean(o.Signed))
	role.CreateAttr("WantAssertionsSigned", "true")
	role.CreateAttr("protocolSupportEnumeration", protocolNS)
	p.describeKey(role, "signing")
	if o.Encrypted {
		encryption := p.describeKey(role, "encryption")
		for _, algorithm := range []string{encrypt11NS + "aes256-gcm", encrypt11NS + "aes128-gcm", encryptNS + "rsa-oaep-mgf1p"} {
			encryption.CreateElement("md:EncryptionMethod").CreateAttr("Algorithm", algorithm)
		}
	}
	for _, binding := range []string{redirectBinding, postBinding} {
		service(role, "md:SingleLogoutService", binding, p.logoutURL())
	}
	role.CreateElement("md:NameIDFormat").SetText(formatPersistent)
	consumer := service(role, "md:AssertionConsumerService", postBinding, o.Callback)
	consumer.CreateAttr("index", "0")
	consumer.CreateAttr("isDefault", "true")
	document.Indent(2)
	return document.WriteToBytes()
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (p *Provider) describeKey(role *etree.Element, use string) *etree.Element {
	key := role.CreateElement("md:KeyDescriptor")
	key.CreateAttr("use", use)
	data := key.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data")
	data.CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(p.certificate.Raw))
	return key
}

func service(role *etree.Element, name, binding, location string) *etree.Element {
	e := role.CreateElement(name)
	e.CreateAttr("Binding", binding)
	e.CreateAttr("Location", location)
	return e
}
