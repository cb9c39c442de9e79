package identity

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
)

// half is a file that does something when half of it has been read.
type half struct {
	file io.Reader
	then func()
}

func (h *half) Read(p []byte) (int, error) {
	n, err := h.file.Read(p[:min(len(p), importPartSize)])
	if h.then != nil {
		h.then()
		h.then = nil
	}
	return n, err
}

// longFile has three parts.
func longFile() *strings.Reader {
	return strings.NewReader(strings.Repeat(strings.Repeat("a", 63)+"\n", 3*importPartSize/64))
}

// TestAttackAnAddressTakesFilesWithoutEnd: whoever has it fills no disk with it.
func TestAttackAnAddressTakesFilesWithoutEnd(t *testing.T) {
	k := newKit(t)
	ctx, i := context.Background(), k.importer()
	j, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "moving"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range maxUploads {
		if err := i.Upload(ctx, testPool, j.ID, longFile()); err != nil {
			t.Fatalf("file %d: %v", n, err)
		}
		if kept := k.parts(); kept > 4 {
			t.Errorf("after file %d there are %d parts", n, kept)
		}
	}
	file := longFile()
	if err := i.Upload(ctx, testPool, j.ID, file); !is(err, TooManyAttempts) || file.Len() != int(file.Size()) {
		t.Errorf("one file more: %v, %d bytes of it were read", err, int(file.Size())-file.Len())
	}
	if _, err := i.Start(ctx, testPool, j.ID); err != nil {
		t.Errorf("the last one that was taken: %v", err)
	}
}

// TestAttackManyFilesAtOnce: the latest gets in, and nothing is left of the others.
func TestAttackManyFilesAtOnce(t *testing.T) {
	k := newKit(t)
	ctx, i := context.Background(), k.importer()
	j := k.job(csvFile(csvUser("first@example.test")))
	err := i.Upload(ctx, testPool, j.ID, &half{longFile(), func() {
		if err := i.Upload(ctx, testPool, j.ID, strings.NewReader(csvFile(csvUser("latest@example.test")))); err != nil {
			t.Error(err)
		}
	}})
	if !is(err, InvalidState) || k.parts() != 1 {
		t.Errorf("%v, %d parts", err, k.parts())
	}
	if _, err := i.Start(ctx, testPool, j.ID); err != nil {
		t.Fatal(err)
	}
	if j = k.ran(j); j.Imported != 1 || !k.exists("latest@example.test") {
		t.Errorf("%+v %v", j, k.report(j))
	}
}

// TestAttackAFileThatArrivesAfterTheStart: it changes nothing of what was started.
func TestAttackAFileThatArrivesAfterTheStart(t *testing.T) {
	k := newKit(t)
	ctx, i := context.Background(), k.importer()
	j := k.job(csvFile(csvUser("first@example.test")))
	err := i.Upload(ctx, testPool, j.ID, &half{longFile(), func() {
		if _, err := i.Start(ctx, testPool, j.ID); err != nil {
			t.Error(err)
		}
	}})
	if !is(err, InvalidState) || k.parts() != 1 {
		t.Errorf("%v, %d parts", err, k.parts())
	}
	if j = k.ran(j); j.Imported != 1 {
		t.Errorf("%+v %v", j, k.report(j))
	}
}

// TestAttackPiecesThatGrow: what was counted stays as it was, and comes in order.
func TestAttackPiecesThatGrow(t *testing.T) {
	k := newKit(t)
	ctx, i := context.Background(), k.importer()
	j, _, err := i.Create(ctx, ImportJob{PoolID: testPool, Name: "moving"})
	if err != nil {
		t.Fatal(err)
	}
	const one, two = "3b241101-e2bb-4255-8caf-4136c566a962", "5b241101-e2bb-4255-8caf-4136c566a962"
	send := func(upload string, number int, lines string) error {
		return i.UploadPiece(ctx, testPool, j.ID, upload, number, []byte(lines), false)
	}
	for range 2 { // an answer may be lost
		if err := send(one, 0, "a\n"); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
		"another piece": send(one, 0, strings.Repeat("b\n", 1000)), "out of order": send(one, 2, "a\n"), "of no file": send(two, 1, "a\n"),
	} {
		if !is(err, InvalidState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	line := strings.Repeat("a", MaxImportPiece-1) + "\n"
	for number := 1; err == nil; number++ {
		if err = send(one, number, line); err != nil && (number != MaxImport/MaxImportPiece || !is(err, InvalidParameter)) {
			t.Error(fmt.Sprint(number), err)
		}
	}
}
