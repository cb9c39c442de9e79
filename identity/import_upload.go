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

// Upload takes a job's file, in place of one that was sent before; one that is still
// on its way is given up. InvalidParameter says that it is too large; InvalidState that
// the job no longer waits for one, or that another came in its place; TooManyAttempts
// that as many were sent as may be.
func (i *Imports) Upload(ctx context.Context, pool PoolID, id string, file io.Reader) error {
	const op = "Imports.Upload"
	upload := uuid.NewString()
	if err := i.receive(ctx, op, pool, id, upload); err != nil {
		return err
	}
	parts, err := i.takeFile(ctx, op, importPart{PoolID: pool, Job: id, Upload: upload}, file)
	if err == nil {
		err = i.uploaded(ctx, op, pool, id, upload, parts)
	}
	if err != nil {
		return errors.Join(err, i.dropFile(context.WithoutCancel(ctx), pool, id, upload))
	}
	return nil
}

// takeFile keeps a file in parts of whole lines.
func (i *Imports) takeFile(ctx context.Context, op string, part importPart, file io.Reader) (number int, err error) {
	rest := []byte{}
	for end := false; !end; {
		piece := make([]byte, importPartSize)
		n, err := io.ReadFull(file, piece)
		if end = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !end {
			return 0, err
		}
		rest = append(rest, piece[:n]...)
		cut := bytes.LastIndexByte(rest, '\n') + 1
		if end || cut == 0 && len(rest) > importPartSize { // no line is so long: what it is cut to is refused as one
			cut = len(rest)
		}
		if cut == 0 {
			continue
		}
		part.Number, part.At = number, i.Now()
		if err := i.putPart(ctx, op, part, rest[:cut]); err != nil {
			return 0, err
		}
		rest, number = bytes.Clone(rest[cut:]), number+1
	}
	if number == 0 {
		return 0, &Error{Code: InvalidParameter, Op: op, Field: "file", Err: errors.New("it is empty")}
	}
	return number, nil
}

// receive says that a file begins to arrive. What is here of one that was still on its
// way goes; the one that counts stays until this one is whole.
func (i *Imports) receive(ctx context.Context, op string, pool PoolID, id, upload string) error {
	given := ""
	err := i.update(ctx, func(w storage.Writer) (*Error, error) {
		j, err := i.get(w, op, pool, id)
		if err != nil || j.Status == ImportCreated && j.Receiving == upload {
			return nil, err // its first piece is sent again
		}
		given = j.Receiving
		switch {
		case j.Status != ImportCreated:
			return refuse(op, InvalidState), nil
		case j.Uploads >= maxUploads:
			return &Error{Code: TooManyAttempts, Op: op, Limit: "import_uploads"}, nil
		}
		j.Receiving, j.Received, j.ReceivedParts = upload, 0, 0
		j.Uploads++
		return nil, importJobs.Put(w, j)
	})
	if err != nil || given == "" {
		return err
	}
	return i.dropFile(ctx, pool, id, given)
}

// uploaded makes a file the job's, whole in so many parts.
func (i *Imports) uploaded(ctx context.Context, op string, pool PoolID, id, upload string, parts int) error {
	before := ""
	err := i.update(ctx, func(w storage.Writer) (*Error, error) {
		j, err := i.get(w, op, pool, id)
		if before = j.Upload; err != nil {
			return nil, err
		}
		if j.Status != ImportCreated || j.Receiving != upload || j.ReceivedParts != parts {
			return refuse(op, InvalidState), nil
		}
		j.Upload, j.Parts, j.Receiving = upload, parts, ""
		return nil, importJobs.Put(w, j)
	})
	if err != nil || before == "" {
		return err
	}
	return i.dropFile(ctx, pool, id, before)
}

// MaxImportPiece is how many bytes one UploadPiece takes.
const MaxImportPiece = 2 * importPartSize

// UploadPiece takes a job's file piece by piece, each of whole lines and numbered from
// 0, one after the other; upload is a UUID of the sender's that keeps two files apart.
// With the last piece the file is the job's. Refusals are Upload's.
func (i *Imports) UploadPiece(ctx context.Context, pool PoolID, id, upload string, number int, lines []byte, last bool) error {
	const op = "Imports.UploadPiece"
	read, err := uuid.Parse(upload)
	if err != nil || read.String() != upload || number < 0 || number > MaxImport/importPartSize || len(lines) == 0 || len(lines) > MaxImportPiece {
		return &Error{Code: InvalidParameter, Op: op, Field: "file", Err: errors.New("it is no piece of a file, or the file is too large")}
	}
	if number == 0 {
		err = i.receive(ctx, op, pool, id, upload)
	}
	if err == nil {
		err = i.putPart(ctx, op, importPart{PoolID: pool, Job: id, Upload: upload, Number: number, At: i.Now()}, lines)
	}
	if err != nil || !last {
		return err
	}
	return i.uploaded(ctx, op, pool, id, upload, number+1)
}

// putPart keeps a part of the file that arrives.
func (i *Imports) putPart(ctx context.Context, op string, part importPart, lines []byte) error {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(lines); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	part.Lines = packed.Bytes()
	return i.update(ctx, func(w storage.Writer) (*Error, error) {
		j, err := i.get(w, op, part.PoolID, part.Job)
		if err != nil {
			return nil, err
		}
		failed, again := j.takes(op, &part, len(lines))
		if again {
			failed, err = sentBefore(w, op, &part)
		}
		if failed != nil || err != nil || again {
			return failed, err
		}
		return nil, errors.Join(importParts.Put(w, part), importJobs.Put(w, j))
	})
}

// takes counts a part of so many bytes, unless it is here already.
func (j *ImportJob) takes(op string, part *importPart, size int) (failed *Error, again bool) {
	switch {
	case j.Status != ImportCreated || j.Receiving != part.Upload || part.Number > j.ReceivedParts:
		return refuse(op, InvalidState), false
	case part.Number < j.ReceivedParts:
		return nil, true
	case j.Received+size > MaxImport:
		return &Error{Code: InvalidParameter, Op: op, Field: "file", Err: fmt.Errorf("it has more than %d bytes", MaxImport)}, false
	}
	j.Received += size
	j.ReceivedParts++
	return nil, false
}

// sentBefore refuses another part under the number of one that is here.
func sentBefore(r storage.Reader, op string, part *importPart) (*Error, error) {
	here, err := importParts.Get(r, string(part.PoolID), part.Job, part.Upload, part.Number)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !bytes.Equal(here.Lines, part.Lines) {
		return refuse(op, InvalidState), nil
	}
	return nil, err
}

// dropFile removes the parts of a file.
func (i *Imports) dropFile(ctx context.Context, pool PoolID, id, upload string) error {
	return i.dropWithin(ctx, string(pool), id, upload)
}

// dropWithin removes the parts whose ids begin so, a few at a time.
func (i *Imports) dropWithin(ctx context.Context, prefix ...any) error {
	for more := true; more; {
		err := i.Store.Update(ctx, func(w storage.Writer) error {
			some, err := importParts.List(w, storage.Page{Prefix: prefix, Limit: 8})
			more = len(some) == 8
			for _, p := range some {
				err = errors.Join(err, importParts.Delete(w, string(p.PoolID), p.Job, p.Upload, p.Number))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
