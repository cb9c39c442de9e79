package cognito

// importOperations bring users from files.
var importOperations = map[string]operation{
	Target + "GetCSVHeader":                op(reads, (*Handler).getCSVHeader),
	Target + "CreateUserImportJob":         op(writes, (*Handler).createUserImportJob).but("the hashes stand in a column of our own, `cognito:password_hash`"),
	Target + "DescribeUserImportJob":       op(reads, (*Handler).describeUserImportJob).but("`PreSignedUrl` is answered once, when the job is created"),
	Target + "ListUserImportJobs":          op(reads, (*Handler).listUserImportJobs),
	Target + "StartUserImportJob":          op(writes, (*Handler).startUserImportJob),
	Target + "StopUserImportJob":           op(writes, (*Handler).stopUserImportJob),
	AdminTarget + "UploadUserImport":       op(writes, (*Handler).uploadUserImport),
	AdminTarget + "ListUserImportLines":    op(reads, (*Handler).listUserImportLines),
	AdminTarget + "DescribeImportedHashes": op(reads, (*Handler).describeImportedHashes),
	AdminTarget + "EndImportedHashes":      op(writes, (*Handler).endImportedHashes),
}
