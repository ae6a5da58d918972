package sdk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
)

// TaskKeyEnv is the environment variable with the key, in hex, under which
// every task must be signed.
const TaskKeyEnv = "SEALPOST_TASK_KEY"

// taskContext precedes a task in what is signed.
const taskContext = "sealpost.plugin.v1.Task\x00"

// TaskKey is the secret that a host shares with one process of a plugin, new
// for each start: 32 random bytes. Only who has it can make the plugin act.
type TaskKey []byte

// NewTaskKey makes a key.
func NewTaskKey() TaskKey {
	key := make(TaskKey, sha256.Size)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return key
}

// Sign is HMAC-SHA-256 (RFC 2104) of a serialised task.
func (k TaskKey) Sign(task []byte) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(taskContext))
	mac.Write(task)
	return mac.Sum(nil)
}

// Verify reports whether the holder of the key signed a task. Without a key
// nobody did.
func (k TaskKey) Verify(task, signature []byte) bool {
	return len(k) == sha256.Size && hmac.Equal(k.Sign(task), signature)
}

// Environment is the variable that hands the key over.
func (k TaskKey) Environment() string { return TaskKeyEnv + "=" + hex.EncodeToString(k) }

// taskKey reads the host's key. Without one every task is refused.
func taskKey() (TaskKey, error) {
	text, ok := os.LookupEnv(TaskKeyEnv)
	if !ok {
		return nil, nil // started by hand: go-plugin explains
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != sha256.Size {
		return nil, fmt.Errorf("%s isn't a key of %d bytes in hex: every task will be refused", TaskKeyEnv, sha256.Size)
	}
	return key, nil
}
