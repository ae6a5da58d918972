package store

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// BenchmarkPutJob writes jobs from 20 callers at once; each call returns when
// its job is on disk.
func BenchmarkPutJob(b *testing.B) {
	s := open(b)
	var n atomic.Int64
	b.SetParallelism(10) // 2 processors × 10
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.PutJob(b.Context(), job(fmt.Sprint("j", n.Add(1)))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// BenchmarkRecord takes one copy through the ledger's three steps.
func BenchmarkRecord(b *testing.B) {
	s := open(b)
	var n atomic.Int64
	b.SetParallelism(10)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			e := Entry{Job: fmt.Sprint("j", n.Add(1)), Recipient: "bob@a.example", Kind: "copy", Batch: "b"}
			for _, e.State = range []State{Intent, Dot, Done} {
				if err := s.Record(b.Context(), e); err != nil {
					b.Error(err)
				}
			}
		}
	})
}
