package message

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

func TestAPretendedMessageLeavesNothing(t *testing.T) {
	store := memory.Open()
	err := store.Update(context.Background(), func(w storage.Writer) error { return Outbox{}.Pretend(w, New(time.Now(), SignInCode)) })
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := (&Sender{Store: store}).List(context.Background(), Waiting)
	if err != nil || len(waiting) != 0 {
		t.Errorf("%v, %v", waiting, err)
	}
}
