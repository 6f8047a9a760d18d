// A load client of grpc-go for what is timed: its collections take microseconds and it waits for the next request asleep, where a client of Node.js
// stops for milliseconds and spins, which slows a server on the other thread of the same core. Reads one order from standard input, writes one result to
// standard output, both JSON; times in microseconds.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

// Order is one run: open loop at Rate (Poisson arrivals, timed from the intended start) or closed loop with Concurrency calls in flight.
type Order struct {
	Address     string    `json:"address"`
	Requests    []Request `json:"requests"`
	Rate        float64   `json:"rate"`
	Concurrency int       `json:"concurrency"`
	Seconds     float64   `json:"seconds"`
	DeadlineMs  float64   `json:"deadlineMs"`
	Connections int       `json:"connections"`
	Seed        int64     `json:"seed"`
}

// Request is a message behind gRPC's prefix of five bytes, and the raw outputs that are right; without them the first answer says what is right.
type Request struct {
	Body     []byte   `json:"body"`
	Expected [][]byte `json:"expected"`
}

func main() {
	// Memory is no concern here; fewer collections are. A thread that sleeps until the next request must not keep the others from running.
	debug.SetGCPercent(400)
	runtime.GOMAXPROCS(2)
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	order := Order{Connections: 4, Seed: 7}
	if err := json.NewDecoder(os.Stdin).Decode(&order); err != nil {
		return fmt.Errorf("the order: %w", err)
	}
	if (order.Rate > 0) == (order.Concurrency > 0) || order.Seconds <= 0 || order.Connections <= 0 || len(order.Requests) == 0 {
		return fmt.Errorf("want requests, seconds, connections, and either rate or concurrency")
	}
	run, err := newRun(order)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(run.result())
}
