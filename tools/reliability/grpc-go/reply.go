package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// rawOutput is ModelInferResponse.raw_output_contents.
const rawOutput = 6

const tolerance = 1e-3

// retryHint says when a refused call may be sent again.
const retryHint = "grpc-retry-pushback-ms"

// End is how a call ended; the kinds are those of tally.mjs.
type End struct {
	kind, why string
	hint      bool
}

// Reply knows which outputs are right.
type Reply struct {
	lock     sync.Mutex
	expected [][]byte
}

func (reply *Reply) endOf(message []byte, err error, header, trailer metadata.MD) End {
	if err == nil {
		if wrong := reply.wrong(message); wrong != "" {
			return End{kind: "wrong", why: wrong}
		}
		return End{kind: "ok"}
	}
	told := status.Convert(err)
	why := fmt.Sprintf("%d %s", told.Code(), told.Message())
	// A status without anything the server sent is the client's own.
	answered := len(header)+len(trailer) > 0
	switch {
	case told.Code() == codes.DeadlineExceeded:
		return End{kind: "late", why: why}
	case !answered:
		return End{kind: "lost", why: why}
	case told.Code() == codes.Unavailable || told.Code() == codes.ResourceExhausted:
		return End{kind: "refused", why: why, hint: len(header.Get(retryHint))+len(trailer.Get(retryHint)) > 0}
	}
	return End{kind: "failed", why: why}
}

// wrong is what is wrong with a message: empty when it has the expected float32 outputs, within the tolerance.
func (reply *Reply) wrong(message []byte) string {
	outputs, err := outputsOf(message)
	if err != nil {
		return "the reply is cut"
	}
	reply.lock.Lock()
	if reply.expected == nil {
		reply.expected = outputs
	}
	expected := reply.expected
	reply.lock.Unlock()
	if len(outputs) != len(expected) {
		return fmt.Sprintf("%d outputs, want %d", len(outputs), len(expected))
	}
	for i, bytes := range outputs {
		if len(bytes) != len(expected[i]) {
			return fmt.Sprintf("output %d has %d bytes, want %d", i, len(bytes), len(expected[i]))
		}
		for at := 0; at+4 <= len(bytes); at += 4 {
			a, b := float(bytes[at:]), float(expected[i][at:])
			if !(math.Abs(a-b) <= tolerance+tolerance*math.Abs(b)) {
				return fmt.Sprintf("output %d differs at %d: %g, want %g", i, at/4, a, b)
			}
		}
	}
	return ""
}

func float(bytes []byte) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(bytes)))
}

func outputsOf(message []byte) ([][]byte, error) {
	outputs := [][]byte{}
	for len(message) > 0 {
		number, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		message = message[size:]
		length := protowire.ConsumeFieldValue(number, kind, message)
		if length < 0 {
			return nil, protowire.ParseError(length)
		}
		if number == rawOutput && kind == protowire.BytesType {
			bytes, _ := protowire.ConsumeBytes(message)
			outputs = append(outputs, bytes)
		}
		message = message[length:]
	}
	return outputs, nil
}
