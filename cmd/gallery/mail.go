package main

func writeMails(out string) (int, error) { return 0, nil }

func mailLinks() []string { return nil }
