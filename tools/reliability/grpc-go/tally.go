package main

import (
	"regexp"
	"sync"
	"time"
)

const mostReasons = 20

var digits = regexp.MustCompile(`[0-9]+`)

// Tally counts what became of calls.
type Tally struct {
	lock     sync.Mutex
	counts   map[string]int
	reasons  map[string]int
	hinted   int
	inTime   int
	answers  []int64
	refusals []int64
	lag      []int64
}

// Result is a run's; durations in microseconds, in the order in which the calls ended.
type Result struct {
	Seconds  float64        `json:"seconds"`
	Counts   map[string]int `json:"counts"`
	InTime   int            `json:"in_time"`
	Hinted   int            `json:"hinted"`
	Reasons  map[string]int `json:"reasons"`
	Answers  []int64        `json:"answers"`
	Refusals []int64        `json:"refusals"`
	Lag      []int64        `json:"lag"`
}

func newTally() *Tally { return &Tally{counts: map[string]int{}, reasons: map[string]int{}} }

func (tally *Tally) sent(lag time.Duration) {
	tally.lock.Lock()
	defer tally.lock.Unlock()
	tally.counts["sent"]++
	tally.lag = append(tally.lag, lag.Microseconds())
}

func (tally *Tally) ended(end End, took, deadline time.Duration) {
	tally.lock.Lock()
	defer tally.lock.Unlock()
	tally.counts[end.kind]++
	if end.kind == "ok" {
		tally.answers = append(tally.answers, took.Microseconds())
		if deadline == 0 || took <= deadline {
			tally.inTime++
		}
		return
	}
	if end.kind == "refused" {
		tally.refusals = append(tally.refusals, took.Microseconds())
		if end.hint {
			tally.hinted++
		}
	}
	reason := end.kind + ": " + digits.ReplaceAllString(end.why, "N")
	if _, known := tally.reasons[reason]; !known && len(tally.reasons) >= mostReasons {
		reason = "other"
	}
	tally.reasons[reason]++
}

func (tally *Tally) result(seconds float64) Result {
	return Result{seconds, tally.counts, tally.inTime, tally.hinted, tally.reasons, tally.answers, tally.refusals, tally.lag}
}
