package policy

import (
	"testing"
	"testing/fstest"
	"time"
)

func calendarOf(t *testing.T, lists string) *Generation {
	t.Helper()
	s := newShipped(t).untested()
	delete(s.data, "business_calendar.yaml")
	delete(s.data, "organisation.yaml")
	s.data["own.yaml"] = &fstest.MapFile{Data: []byte(lists)}
	return build(t, s.source())
}

func TestBusinessDays(t *testing.T) {
	g := calendarOf(t, `
business_calendar:
  countries: [de]
  workdays: {2026-05-01: We work.}
holidays: {2026-12-24: Christmas Eve}
`)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for day, business := range map[string]bool{
		"2026-04-02": true,  // Thursday
		"2026-04-03": false, // Good Friday
		"2026-04-04": false, // Saturday
		"2026-04-06": false, // Easter Monday
		"2026-05-01": true,  // a holiday on which we work
		"2026-12-24": false, // a holiday of our own
		"2026-12-25": false,
		"2026-12-28": true,
	} {
		at, _ := time.Parse(time.DateOnly, day)
		if now := g.Now(at, berlin); now.BusinessDay != business || now.Date != day {
			t.Errorf("%s: %+v", day, now)
		}
	}
	// Late in the evening in London it is Good Friday in Berlin.
	now := g.Now(time.Date(2026, 4, 2, 22, 30, 0, 0, time.UTC), berlin)
	if now.Date != "2026-04-03" || now.BusinessDay || len(now.BusinessDays) != 10 || now.BusinessDays[0] != "2026-04-07" || now.BusinessDays[2] != "2026-04-09" {
		t.Errorf("%+v", now)
	}
	// Before Christmas: the holiday of our own, and those of the country.
	if now := g.Now(time.Date(2026, 12, 23, 12, 0, 0, 0, time.UTC), berlin); now.BusinessDays[0] != "2026-12-28" {
		t.Errorf("%+v", now.BusinessDays[:3])
	}
}

// National holidays on weekdays of 2026, one that only this country has.
func TestCountries(t *testing.T) {
	for country, day := range map[string]string{
		"at": "2026-10-26", "be": "2026-07-21", "ch": "2026-05-14", "de": "2026-04-03", "dk": "2026-05-14", "ecb": "2026-05-01", "es": "2026-10-12",
		"fi": "2026-06-19", "fr": "2026-07-14", "gb": "2026-08-31", "ie": "2026-03-17", "it": "2026-06-02", "nl": "2026-04-27", "no": "2026-05-14",
		"pl": "2026-11-11", "se": "2026-06-19", "us": "2026-11-26",
	} {
		at, _ := time.Parse(time.DateOnly, day)
		if newCalendar(lists{countries: []string{country}}).on(at).business {
			t.Errorf("%s is a business day in %s", day, country)
		}
		if !newCalendar(lists{}).on(at).business {
			t.Errorf("%s is no business day anywhere", day)
		}
	}
}
