package policy

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/us"
)

// businessDays is how many of the next business days a policy sees.
const businessDays = 10

// countryHolidays are the national holidays of each country, by its code (ISO
// 3166-1). "ecb" are the days on which TARGET, the euro's settlement system,
// is closed. Regional holidays belong into data.sealpost.holidays.
func countryHolidays() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"at": at.Holidays, "be": be.Holidays, "bg": bg.Holidays, "ca": ca.Holidays, "ch": ch.Holidays, "cz": cz.Holidays, "de": de.Holidays,
		"dk": dk.Holidays, "ecb": ecb.Holidays, "es": es.Holidays, "fi": finland(), "fr": fr.Holidays, "gb": gb.Holidays, "gr": gr.Holidays,
		"hr": hr.Holidays, "ie": ie.Holidays, "it": it.Holidays, "lt": lt.Holidays, "lv": lv.Holidays, "nl": nl.Holidays, "no": no.Holidays,
		"pl": pl.Holidays, "ro": ro.Holidays, "se": se.Holidays, "si": si.Holidays, "sk": sk.Holidays, "us": us.Holidays,
	}
}

// finland has the days that Finnish law (act 388/1937 and the Church Act) or
// collective agreements make free. Midsummer Eve is the Friday from 19 June on.
func finland() []*cal.Holiday {
	return []*cal.Holiday{
		aa.NewYear, aa.Epiphany, aa.GoodFriday, aa.EasterMonday, aa.WorkersDay, aa.AscensionDay, aa.ChristmasDay, aa.ChristmasDay2,
		{Name: "Juhannusaatto", Month: time.June, Day: 19, Weekday: time.Friday, Offset: 1, Func: cal.CalcWeekdayFrom},
		{Name: "Itsenäisyyspäivä", Month: time.December, Day: 6, Func: cal.CalcDayOfMonth},
		{Name: "Jouluaatto", Month: time.December, Day: 24, Func: cal.CalcDayOfMonth},
	}
}

// calendar says which days are business days. The zero value knows weekends
// only.
type calendar struct {
	holidays  map[string]bool // by date, 2026-12-25; in addition to the countries'
	workdays  map[string]bool // no holidays, whatever the countries say
	countries []*cal.Calendar

	mu   sync.Mutex // guards next
	next view
}

// view is what a policy sees on one day.
type view struct {
	date     string
	business bool
	days     []string
}

func newCalendar(l lists) *calendar {
	c := &calendar{holidays: l.holidays, workdays: l.workdays}
	all := countryHolidays()
	for _, country := range l.countries {
		c.countries = append(c.countries, &cal.Calendar{Name: country, Holidays: all[country]})
	}
	return c
}

func (c *calendar) businessDay(day time.Time) bool {
	date := day.Format(time.DateOnly)
	switch {
	case day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || c.holidays[date]:
		return false
	case c.workdays[date]:
		return true
	}
	return !slices.ContainsFunc(c.countries, func(country *cal.Calendar) bool {
		actual, observed, _ := country.IsHoliday(day)
		return actual || observed
	})
}

// on is the view of a day, which is kept until another day is asked about. The
// list is shared: nobody changes it.
func (c *calendar) on(day time.Time) view {
	date := day.Format(time.DateOnly)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next.date == date {
		return c.next
	}
	v := view{date: date, business: c.businessDay(day), days: make([]string, 0, businessDays)}
	// Noon, because a day may lack its midnight.
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC)
	for i := 1; len(v.days) < businessDays && i < 366; i++ {
		if next := noon.AddDate(0, 0, i); c.businessDay(next) {
			v.days = append(v.days, next.Format(time.DateOnly))
		}
	}
	c.next = v
	return v
}

func (b *dataBuilder) countries(n *node) any {
	known := slices.Sorted(maps.Keys(countryHolidays()))
	for i, s := range b.texts(n, "countries") {
		if !slices.Contains(known, s) {
			b.wrong(n.items[i].at, didYouMean(s, known), "no holidays are known for %q", s)
			continue
		}
		b.data.lists.countries = append(b.data.lists.countries, s)
	}
	return n.plain()
}

func (b *dataBuilder) workdays(n *node) any {
	if !b.is(n, objectNode, "workdays") {
		return nil
	}
	for _, day := range n.fields {
		if _, err := time.Parse(time.DateOnly, day.name); err != nil {
			b.wrong(day.at, "write 2026-12-25", "%q isn't a date", day.name)
		}
		b.text(day.value, "the reason")
		b.data.lists.workdays[day.name] = true
	}
	return n.plain()
}
