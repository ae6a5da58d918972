// Accuracy measures what inspection finds and what it doesn't: it sends the
// project's own corpora through inspect and counts.
//
//   - values: valid and invalid values of each identifier, made by code that
//     shares nothing with the detectors;
//   - containers: these values in the ways in which people send them, in letters
//     of eight languages;
//   - ordinary: mails without identifiers, which must stay quiet;
//   - hostile: mails that two readers read differently, each hiding one value;
//   - health: letters and files about patients.
//
// It knows only inspect's public interface. A detector that doesn't exist yet
// is said to be missing and isn't counted. The exit code is 1 if an aim is
// missed.
//
//	go run ./accuracy [-detector ids] [-container names] [-markdown FILE] [-misses N] [-keep DIR] [-format text|json]
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/accuracy/containers"
	"github.com/sealpost/sealpost/accuracy/values"
)

// settings are what the command line says.
type settings struct {
	detectors, containers []string // empty: all
	markdown, keep        string   // a file, a folder; empty: none
	misses                int
	json                  bool
}

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(2)
	}
	met, err := run(s, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(3)
	}
	if !met {
		os.Exit(1)
	}
}

// parse reads the command line.
func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	var detectors, names, format string
	flags := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&detectors, "detector", "", "only these detectors, separated by commas")
	flags.StringVar(&names, "container", "", "only these containers, separated by commas")
	flags.StringVar(&s.markdown, "markdown", "", "write the report to this file, too")
	flags.IntVar(&s.misses, "misses", 0, "print the first misses with their messages")
	flags.StringVar(&s.keep, "keep", "", "put the message of every miss into this folder")
	flags.StringVar(&format, "format", "text", "text or json")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("%q: nothing but options is taken", flags.Arg(0))
	}
	if s.json = format == "json"; !s.json && format != "text" {
		return s, fmt.Errorf("-format %s: text or json", format)
	}
	var ids, all []string
	for _, id := range values.All() {
		ids = append(ids, id.ID)
	}
	for _, c := range containers.All() {
		all = append(all, c.Name)
	}
	var err error
	if s.detectors, err = chosen(detectors, ids); err != nil {
		return s, fmt.Errorf("-detector: %w", err)
	}
	if s.containers, err = chosen(names, all); err != nil {
		return s, fmt.Errorf("-container: %w", err)
	}
	return s, nil
}

// chosen splits a list and checks each name.
func chosen(list string, known []string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("%q isn't one of %s", n, strings.Join(known, " "))
		}
	}
	return names, nil
}

// run measures and prints; it says whether every aim is met.
func run(s settings, out, progress io.Writer) (bool, error) {
	began := time.Now()
	if s.keep != "" {
		if err := os.MkdirAll(s.keep, 0o755); err != nil {
			return false, err
		}
	}
	scan, err := newScanner()
	if err != nil {
		return false, err
	}
	m := &measurement{settings: s, scan: scan, progress: progress}
	for _, stage := range []struct {
		name string
		run  func(*measurement) error
	}{{"values in containers", (*measurement).recall}, {"invalid values", (*measurement).invalid}, {"ordinary mail", (*measurement).ordinary}, {"hostile mail", (*measurement).hostile}, {"health", (*measurement).health}} {
		if m.partly() && (stage.name == "ordinary mail" || stage.name == "health" || stage.name == "hostile mail") {
			continue
		}
		fmt.Fprintf(progress, "%-22s", stage.name)
		at := time.Now()
		if err := stage.run(m); err != nil {
			return false, fmt.Errorf("%s: %w", stage.name, err)
		}
		fmt.Fprintf(progress, " %s\n", time.Since(at).Round(time.Second/10))
	}
	r := m.results()
	fmt.Fprintf(progress, "%d messages in %s\n\n", m.scanned.Load(), time.Since(began).Round(time.Second/10))
	if s.json {
		if err := json.NewEncoder(out).Encode(r); err != nil {
			return false, err
		}
	} else if err := printText(out, r, s.misses); err != nil {
		return false, err
	}
	if s.markdown != "" {
		if err := os.WriteFile(s.markdown, []byte(markdown(r)), 0o644); err != nil {
			return false, fmt.Errorf("writing the report: %w", err)
		}
	}
	return r.met(), nil
}
