package ordinary

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// block is something that engineers paste into mails.
type block struct {
	name string
	make func(r *rand.Rand) string
}

// repeat is a block of 6 to 15 lines of one form.
func repeat(name, form string) block {
	return block{name, func(r *rand.Rand) string { return lines(r, 6+r.IntN(10), form) }}
}

// blocks are all of them.
func blocks() []block {
	return []block{
		repeat("log", "2025-{int}-{int} {time}:{d2} INFO  worker-{int} request {x16} took {d4} ms, {d6} bytes, code {d3}"),
		repeat("syslog", "Nov {int} {time}:{d2} node{int} kernel: [{d6}.{d6}] eth0: link up, {d4} Mbps, 0x{x8}"),
		repeat("uuids", "{x8}-{x4}-4{x3}-a{x3}-{x12}"),
		repeat("hashes", "{x64}  build-{ver}.tar.gz"),
		repeat("sensors", "{d10};{int},{d3};{d2},{d2};{d4};{d13}"),
		repeat("versions", "package-{A3} {ver}-{int}ubuntu{ver} amd64 [upgradable from: {ver}]"),
		repeat("gps", "5{int}.{d6}, {int}.{d6}, alt {d3}.{d2}, fix {d9}"),
		repeat("timestamps", "{d13} start={d10} end={d10} seq={d11}"),
		repeat("isbn", "ISBN 978{d10}  EAN {ean}  ISSN {d4}-{d4}"),
		repeat("urls", "https://shop.example.com/item/{d12}?session={luhn16}&ts={d13}#p{d9}"),
		repeat("timetable", "{d4}  {town}  {time}  {town}  {time}  {int}"),
		repeat("numbers", "{luhn16}  {nipn}  {bsnn}  {peseln}  {d11}"),
		repeat("stock", "{A2}-{d4}-{A1}  shelf {A1}{d2}  {d5} pcs  lot {d9}"),
		repeat("sql", "INSERT INTO items VALUES ({d6}, '{A4}', {d9}, '{x10}', {d11});"),
		repeat("parcels", "{ups};{registered};{usps};{town};{d8}"),
		repeat("inventory", "{imei}  {mac}  S/N {A2}{d9}  {d8}"),
		repeat("coordinates", "{d2}.{d6}N {d2}.{d6}E  {d4}.{d3}  {d10}"),
		repeat("css", ".c{d3} ( color:#{x6}; margin:{d2}px {int}px; background:url(data:image/gif;base64,R0lGODlhAQABA{x12}) )"),
		repeat("javascript", "var t{int}={d13},k=\"{x16}\";if(a[{d2}]!=={d9})( s(\"{d5}-{d4}\",{d10}) )"),
		repeat("bank holidays", "{date}  {town}  {d4}  {int}"),
		repeat("plates", "{plate}  {flight}  {eticket}  {A6}"),
		repeat("environment", "API_KEY=$API_KEY DB_PASSWORD=<your-password> TOKEN=changeme BUILD={d9} SHA={x40}"),
		repeat("lorem", "Lorem ipsum dolor sit amet {d4}, consectetur {d9} adipiscing {ver} elit {d11}."),
		{"code", code}, {"stack trace", stackTrace}, {"diff", diff}, {"base64", base64Block}, {"commits", commits}, {"json", jsonBlock}, {"hexdump", hexdump},
	}
}

func code(r *rand.Rand) string {
	return fillIn(r, "en", `func hash(b []byte) uint32 {
	h := uint32({d10})
	for _, c := range b {
		h = (h ^ uint32(c)) * {d8}
	}
	return h // was 0x{x8} before {ver}
}

const limits = [4]int{ {d6}, {d9}, {d5}, {d11} }`)
}

func stackTrace(r *rand.Rand) string {
	return fillIn(r, "en", "java.lang.IllegalStateException: item {d9} not found\n") + lines(r, 8, "\tat com.example.shop.Basket$Line.load(Basket.java:{d3}) ~[shop-{ver}.jar:?]") +
		fillIn(r, "en", "\ngoroutine {d3} [running]: main.run(0xc000{x6}, {d2}) +0x{x3}")
}

func diff(r *rand.Rand) string {
	return fillIn(r, "en", "diff --git a/conf/app.yaml b/conf/app.yaml\nindex {x7}..{x7} 100644\n--- a/conf/app.yaml\n+++ b/conf/app.yaml\n@@ -{d2},{int} +{d2},{int} @@\n timeout: {d4}\n-build: {d9}\n+build: {d9}\n-sum: {x40}\n+sum: {x40}")
}

func base64Block(r *rand.Rand) string {
	raw := make([]byte, 300)
	for i := range raw {
		raw[i] = byte(r.IntN(256))
	}
	s := base64.StdEncoding.EncodeToString(raw)
	var b strings.Builder
	for len(s) > 64 {
		b.WriteString(s[:64] + "\n")
		s = s[64:]
	}
	return b.String() + s
}

func commits(r *rand.Rand) string { return lines(r, 8, "{x9} build {d5}: move {A3}-{d4} to {ver}") }

func jsonBlock(r *rand.Rand) string {
	return "[\n" + strings.TrimSuffix(lines(r, 6, `  {"id": {d9}, "code": "{A2}{d7}", "at": {d13}, "sum": "{x16}", "qty": {int}},`), ",") + "\n]"
}

func hexdump(r *rand.Rand) string {
	var b strings.Builder
	for i := range 8 {
		fmt.Fprintf(&b, "%08x  %s\n", i*16, fillIn(r, "en", strings.TrimSpace(strings.Repeat("{x2} ", 16))))
	}
	return strings.TrimSpace(b.String())
}
