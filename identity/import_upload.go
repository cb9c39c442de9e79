package identity

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"poolhouse.dev/storage"
)

// Uploader answers the job whose file may be sent with this secret: NotAllowed says
// that there is none, or that the secret or the job is over.
func (i *Imports) Uploader(ctx context.Context, pool PoolID, id, secret string) (ImportJob, error) {
	const op = "Imports.Uploader"
	j, err := i.Job(ctx, pool, id)
	if is(err, ResourceNotFound) {
		return j, refuse(op, NotAllowed)
	}
	if err != nil {
		return j, err
	}
	if subtle.ConstantTimeCompare([]byte(j.Token), []byte(hashOf(secret))) != 1 || !i.Now().Before(j.UploadUntil) || j.Status != ImportCreated {
		return j, refuse(op, NotAllowed)
	}
	return j, nil
}

// importPartSize is how much of a file stands in one record, before it is compressed.
const importPartSize = 128 << 10

// Upload takes a job's file, in place of one that was sent before. InvalidParameter
// says that it is too large; InvalidState that the job no longer waits for one.
func (i *Imports) Upload(ctx context.Context, pool PoolID, id string, file io.Reader) error {
	const op = "Imports.Upload"
	upload, number, total := uuid.NewString(), 0, 0
	rest := []byte{}
	for end := false; !end; {
		piece := make([]byte, importPartSize)
		n, err := io.ReadFull(file, piece)
		if end = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !end {
			return err
		}
		if total += n; total > MaxImport {
			return &Error{Code: InvalidParameter, Op: op, Field: "file", Err: fmt.Errorf("it has more than %d bytes", MaxImport)}
		}
		rest = append(rest, piece[:n]...)
		cut := bytes.LastIndexByte(rest, '\n') + 1
		if end || cut == 0 && len(rest) > importPartSize { // no line is so long: what it is cut to is refused as one
			cut = len(rest)
		}
		if cut == 0 {
			continue
		}
		if err := i.putPart(ctx, importPart{PoolID: pool, Job: id, Upload: upload, Number: number, At: i.Now()}, rest[:cut]); err != nil {
			return err
		}
		rest, number = bytes.Clone(rest[cut:]), number+1
	}
	if number == 0 {
		return &Error{Code: InvalidParameter, Op: op, Field: "file", Err: errors.New("it is empty")}
	}
	return i.uploaded(ctx, op, pool, id, upload, number)
}

// uploaded makes a file the job's, whole in so many parts.
func (i *Imports) uploaded(ctx context.Context, op string, pool PoolID, id, upload string, parts int) error {
	return i.update(ctx, func(w storage.Writer) (*Error, error) {
		j, err := i.get(w, op, pool, id)
		if err != nil {
			return nil, err
		}
		if j.Status != ImportCreated {
			return refuse(op, InvalidState), nil
		}
		j.Upload, j.Parts = upload, parts
		return nil, importJobs.Put(w, j)
	})
}

// MaxImportPiece is how many bytes one UploadPiece takes.
const MaxImportPiece = 2 * importPartSize

// UploadPiece takes a job's file piece by piece, each of whole lines and numbered from
// 0; upload is a UUID of the sender's that keeps two files apart. With the last piece
// the file is the job's. Refusals are Upload's.
func (i *Imports) UploadPiece(ctx context.Context, pool PoolID, id, upload string, number int, lines []byte, last bool) error {
	const op = "Imports.UploadPiece"
	read, err := uuid.Parse(upload)
	if err != nil || read.String() != upload || number < 0 || number > MaxImport/importPartSize || len(lines) == 0 || len(lines) > MaxImportPiece {
		return &Error{Code: InvalidParameter, Op: op, Field: "file", Err: errors.New("it is no piece of a file, or the file is too large")}
	}
	j, err := i.Job(ctx, pool, id)
	if err == nil && j.Status != ImportCreated {
		err = refuse(op, InvalidState)
	}
	if err == nil {
		err = i.putPart(ctx, importPart{PoolID: pool, Job: id, Upload: upload, Number: number, At: i.Now()}, lines)
	}
	if err != nil || !last {
		return err
	}
	return i.uploaded(ctx, op, pool, id, upload, number+1)
}

func (i *Imports) putPart(ctx context.Context, part importPart, lines []byte) error {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(lines); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	part.Lines = packed.Bytes()
	return i.Store.Update(ctx, func(w storage.Writer) error { return importParts.Put(w, part) })
}
