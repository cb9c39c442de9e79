package cognito

// brandingOperations are about how the pages of a pool and of its clients look,
// and the documents they lead to.
var brandingOperations = map[string]operation{
	Target + "GetUICustomization":                   op(reads, (*Handler).getUICustomization),
	Target + "SetUICustomization":                   op(writes, (*Handler).setUICustomization).but("what our pages have a counterpart for is applied"),
	Target + "CreateManagedLoginBranding":           op(writes, (*Handler).createManagedLoginBranding).upTo(maxBrandingBody).but("colours, corners, logos and background are applied; all is given back"),
	Target + "DescribeManagedLoginBranding":         op(reads, (*Handler).describeManagedLoginBranding),
	Target + "DescribeManagedLoginBrandingByClient": op(reads, (*Handler).describeManagedLoginBrandingByClient),
	Target + "UpdateManagedLoginBranding":           op(writes, (*Handler).updateManagedLoginBranding).upTo(maxBrandingBody).but("colours, corners, logos and background are applied; all is given back"),
	Target + "DeleteManagedLoginBranding":           op(writes, (*Handler).deleteManagedLoginBranding),

	Target + "CreateTerms":           op(writes, (*Handler).createTerms),
	Target + "DescribeTerms":         op(reads, (*Handler).describeTerms),
	Target + "DescribeTermsByClient": op(reads, (*Handler).describeTermsByClient),
	Target + "UpdateTerms":           op(writes, (*Handler).updateTerms),
	Target + "DeleteTerms":           op(writes, (*Handler).deleteTerms),
	Target + "ListTerms":             op(reads, (*Handler).listTerms),
}
