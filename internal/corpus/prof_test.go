package main

import (
	"os"
	"testing"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

func BenchmarkHarden(b *testing.B) {
	root := os.Getenv("BULKHEAD_CORPUS")
	if root == "" {
		b.Skip("BULKHEAD_CORPUS names no directory")
	}
	files, _ := find([]string{root})
	var texts [][]byte
	for _, f := range files {
		d, _ := os.ReadFile(f)
		texts = append(texts, d)
	}
	rules := image.Rules()
	for b.Loop() {
		for i, d := range texts {
			if doc, err := parse(files[i], d); err == nil {
				transform.Harden(input("", doc, transform.LevelStandard), rules)
			}
		}
	}
}
