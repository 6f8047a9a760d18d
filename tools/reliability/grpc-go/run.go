package main

import (
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

const (
	method      = "/inference.GRPCInferenceService/ModelInfer"
	prefix      = 5
	toConnect   = 10 * time.Second
	longestCall = 60 * time.Second
)

// bytesCodec sends and gives messages as they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(message any) ([]byte, error) { return message.([]byte), nil }
func (bytesCodec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (bytesCodec) Name() string { return "proto" }

// Run holds the connections of an order and what became of its calls.
type Run struct {
	order       Order
	deadline    time.Duration // 0: none
	connections []*grpc.ClientConn
	replies     []*Reply
	tally       *Tally
	next        atomic.Uint64
	calls       sync.WaitGroup
}

// newRun opens all connections, so that no call pays for one.
func newRun(order Order) (*Run, error) {
	run := &Run{order: order, tally: newTally(), deadline: time.Duration(order.DeadlineMs * float64(time.Millisecond))}
	for _, request := range order.Requests {
		if len(request.Body) < prefix {
			return nil, fmt.Errorf("a request of %d bytes, want at least %d", len(request.Body), prefix)
		}
		run.replies = append(run.replies, &Reply{expected: request.Expected})
	}
	ctx, cancel := context.WithTimeout(context.Background(), toConnect)
	defer cancel()
	for range order.Connections {
		connection, err := grpc.NewClient(order.Address,
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{})),
			grpc.WithDisableRetry())
		if err != nil {
			return nil, err
		}
		connection.Connect()
		for state := connection.GetState(); state != connectivity.Ready; state = connection.GetState() {
			if !connection.WaitForStateChange(ctx, state) {
				return nil, fmt.Errorf("no connection to %s within %v", order.Address, toConnect)
			}
		}
		run.connections = append(run.connections, connection)
	}
	return run, nil
}

// result sends what the order asks for and waits for every end.
func (run *Run) result() Result {
	begin := time.Now()
	if run.order.Rate > 0 {
		run.openLoop(begin)
	} else {
		run.closedLoop(begin)
	}
	seconds := time.Since(begin).Seconds()
	run.calls.Wait()
	return run.tally.result(seconds)
}

func (run *Run) over(begin time.Time) bool { return time.Since(begin).Seconds() >= run.order.Seconds }

func (run *Run) openLoop(begin time.Time) {
	// nanosleep wakes within tens of microseconds, a timer of Go's within a millisecond: its poller counts in those.
	runtime.LockOSThread()
	random := rand.New(rand.NewSource(run.order.Seed))
	for intended := begin; !run.over(begin); {
		intended = intended.Add(time.Duration(random.ExpFloat64() / run.order.Rate * float64(time.Second)))
		for wait := time.Until(intended); wait > 0; wait = time.Until(intended) {
			pause := syscall.NsecToTimespec(wait.Nanoseconds())
			_ = syscall.Nanosleep(&pause, nil)
		}
		run.tally.sent(time.Since(intended))
		run.calls.Add(1)
		go func(intended time.Time) {
			defer run.calls.Done()
			run.call(intended)
		}(intended)
	}
}

func (run *Run) closedLoop(begin time.Time) {
	for range run.order.Concurrency {
		run.calls.Add(1)
		go func() {
			defer run.calls.Done()
			for !run.over(begin) {
				run.tally.sent(0)
				run.call(time.Now())
			}
		}()
	}
	run.calls.Wait()
}

// call makes one call, whose deadline and duration count from its intended start.
func (run *Run) call(intended time.Time) {
	number := run.next.Add(1)
	connection := run.connections[number%uint64(len(run.connections))]
	which := number % uint64(len(run.order.Requests))
	until := intended.Add(longestCall)
	if run.deadline > 0 {
		until = intended.Add(run.deadline)
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	var header, trailer metadata.MD
	var reply []byte
	err := connection.Invoke(ctx, method, run.order.Requests[which].Body[prefix:], &reply, grpc.Header(&header), grpc.Trailer(&trailer))
	took := time.Since(intended)
	run.tally.ended(run.replies[which].endOf(reply, err, header, trailer), took, run.deadline)
}
