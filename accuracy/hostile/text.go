package hostile

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// textClasses are about text that people see otherwise than programs: the
// message is well formed, the value is disguised.
func textClasses() []class {
	return []class{invisibleCharacters(), separatorsOfOtherKinds(), digitsOfOtherAlphabets(), disguisedWordsBesideIt(), encodingsInsideTheText(), htmlEntities(), htmlTags(), htmlNoise(), htmlThatIsnTShown(), rightToLeftMarks(), valuesInPieces()}
}

// plain is text with the value written in another way.
func plain(s secret, value string) string {
	return top + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + strings.Replace(s.text(), s.value, value, 1)
}

// page is the same as HTML.
func page(s secret, value string) string {
	return top + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<html><body><p>" + strings.Replace(s.text(), s.value, value, 1) + "</p></body></html>\r\n"
}

// between has x between all characters of the value.
func between(x string, s secret) string {
	return plain(s, strings.Join(strings.Split(s.value, ""), x))
}

// middle has x in the middle of the value.
func middle(x string, s secret) string { return plain(s, cutIn(s.value, s.value, x)) }

// digits writes the value with the digits that begin with another zero.
func digits(zero rune) func(s secret) string {
	return func(s secret) string { return plain(s, shift(s.value, zero)) }
}

func invisibleCharacters() class {
	return class{"invisible characters", append(each([]string{"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u034f", "\u2061", "\ufe0f", "\u200e", "\u061c"}, between), each([]string{"\u200b", "\u00ad", "\u200f\u200e", "\u202d", "\u2066\u2069", "\U000e0020"}, middle)...)}
}

func separatorsOfOtherKinds() class {
	return class{"separators of other kinds", append(each([]string{"\u00a0", "\u2009", "\u202f", "\u2007", "\u3000", "\u2002"}, func(x string, s secret) string {
		return plain(s, grouped(s, x, "payment-card", "iban"))
	}), each([]string{"\u2010", "\u2011", "\u2013", "\u2212", "\u00b7", "\uff0d"}, func(x string, s secret) string {
		return plain(s, grouped(s, x, "payment-card"))
	})...)}
}

func digitsOfOtherAlphabets() class {
	return class{"digits of other alphabets", []variant{
		{"full width", digits('\uff10')}, {"Arabic-Indic", digits('\u0660')}, {"extended Arabic-Indic", digits('\u06f0')}, {"Devanagari", digits('\u0966')}, {"mathematical bold", digits('\U0001d7ce')},
		{"mathematical monospace", digits('\U0001d7f6')}, {"mathematical double-struck", digits('\U0001d7d8')}, {"segmented", digits('\U0001fbf0')},
		{"circled", func(s secret) string { return plain(s, mapped(s.value, []rune("⓪①②③④⑤⑥⑦⑧⑨"))) }},
		{"superscript", func(s secret) string { return plain(s, mapped(s.value, []rune("⁰¹²³⁴⁵⁶⁷⁸⁹"))) }},
		{"subscript", func(s secret) string { return plain(s, mapped(s.value, []rune("₀₁₂₃₄₅₆₇₈₉"))) }},
		{"letters for digits", func(s secret) string {
			if !strings.ContainsAny(s.value, "01") {
				return plain(s, shift(s.value, '\uff10'))
			}
			return plain(s, s.value[:2]+strings.NewReplacer("0", "O", "1", "l").Replace(s.value[2:]))
		}},
		{"Cyrillic letters for digits", func(s secret) string {
			return plain(s, s.value[:2]+strings.NewReplacer("0", "О", "3", "З").Replace(s.value[2:]))
		}},
		{"negative circled", func(s secret) string { return plain(s, mapped(s.value, []rune("⓿❶❷❸❹❺❻❼❽❾"))) }},
		{"sans-serif circled", func(s secret) string { return plain(s, mapped(s.value, []rune("🄋➀➁➂➃➄➅➆➇➈"))) }},
		{"with full stops", func(s secret) string { return plain(s, mapped(s.value, []rune("🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐"))) }},
		{"with commas", func(s secret) string {
			return plain(s, mapped(s.value, []rune("🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊")))
		}},
		{"keys", func(s secret) string {
			return plain(s, strings.Join(strings.Split(s.value, ""), "\ufe0f\u20e3")+"\ufe0f\u20e3")
		}},
		{"capital letters for digits", func(s secret) string {
			return plain(s, s.value[:2]+strings.NewReplacer("0", "O", "1", "I", "5", "S", "8", "B").Replace(s.value[2:]))
		}},
		{"Greek letters for digits", func(s secret) string {
			return plain(s, s.value[:2]+strings.NewReplacer("0", "Ο", "1", "Ι", "8", "Β").Replace(s.value[2:]))
		}},
		{"strokes", func(s secret) string { return plain(s, strings.Join(strings.Split(s.value, ""), "\u0336")+"\u0336") }},
		{"enclosing marks", func(s secret) string { return plain(s, strings.Join(strings.Split(s.value, ""), "\u20dd")+"\u20dd") }},
		{"Cyrillic marks", func(s secret) string { return plain(s, strings.Join(strings.Split(s.value, ""), "\u0488")+"\u0488") }},
		{"two alphabets in turn", func(s secret) string {
			return plain(s, shift(s.value[:6], '\uff10')+shift(s.value[6:], '\u0660'))
		}},
		{"combining marks", func(s secret) string { return plain(s, strings.Join(strings.Split(s.value, ""), "\u0332")+"\u0332") }},
	}}
}

func disguisedWordsBesideIt() class {
	return class{"disguised words beside it", []variant{
		{"Cyrillic letters", func(s secret) string {
			return strings.Replace(plain(s, s.value), s.line[:4], strings.NewReplacer("e", "е", "E", "Е", "A", "А", "S", "Ѕ", "r", "г", "P", "Р", "I", "І").Replace(s.line[:4]), 1)
		}},
		{"full width", func(s secret) string {
			label := s.line[:len(s.line)-len(s.value)]
			return strings.Replace(plain(s, s.value), label, shiftLetters(label), 1)
		}},
		{"zero width", func(s secret) string {
			return strings.Replace(plain(s, s.value), s.line[:4], strings.Join(strings.Split(s.line[:4], ""), "\u200b"), 1)
		}},
	}}
}

func encodingsInsideTheText() class {
	return class{"encodings inside the text", []variant{
		{"base64 run", func(s secret) string { return plain(s, "see "+plain64("This is it: "+s.line+". Keep it.")) }},
		{"base64 run on several lines", func(s secret) string {
			return plain(s, "\r\n"+broken(plain64(strings.Repeat("filler text, ", 9)+s.line+" and more text"), 60))
		}},
		{"data URL", func(s secret) string { return page(s, "<a href=\"data:text/plain;base64,"+s.b64()+"\">x</a>") }},
		{"percent escapes", func(s secret) string { return plain(s, "https://x.example/?q="+percent(s.line)) }},
		{"query string", func(s secret) string { return plain(s, "https://x.example/?q="+url.QueryEscape(s.line)) }},
		{"uuencode", func(s secret) string { return plain(s, "\r\n"+uu(s.text())) }},
		{"uuencode in base64", func(s secret) string { return b64Head + broken(plain64(uu(s.text())), 76) }},
		{"uuencode in quoted-printable", func(s secret) string { return qpHead + strings.ReplaceAll(hexed(uu(s.text())), "=0D=0A", "\r\n") }},
		{"uuencode with an odd mode", func(s secret) string {
			return plain(s, "\r\n"+strings.Replace(uu(s.text()), "begin 644 ", "begin  06  ", 1))
		}},
		{"uuencode, attached", func(s secret) string { return attach("text/plain", "a.uue", uu(s.text())) }},
		{"uuencode in a stream of bytes", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: application/octet-stream; name=a.uue\r\n\r\n"+uu(s.text()))
		}},
		{"source of a mail", func(s secret) string { return plain(s, "\r\n"+hidden(s)) }},
		{"source of a mail, quoted", func(s secret) string {
			return plain(s, "\r\n> "+strings.ReplaceAll(strings.TrimSpace(hidden(s)), "\r\n", "\r\n> "))
		}},
		{"source of a mail, attached", func(s secret) string { return attach("text/plain", "a.txt", "It was:\r\n\r\n"+hidden(s)) }},
		{"entities in plain text", func(s secret) string { return plain(s, entities(s.value, "&#%d;")) }},
	}}
}

func htmlEntities() class {
	return class{"HTML entities", []variant{
		{"decimal", func(s secret) string { return page(s, entities(s.value, "&#%d;")) }},
		{"hexadecimal", func(s secret) string { return page(s, entities(s.value, "&#x%x;")) }},
		{"without semicolons", func(s secret) string { return page(s, entities(s.value, "&#%d")) }},
		{"with zeros", func(s secret) string { return page(s, entities(s.value, "&#00000%d;")) }},
		{"upper-case X", func(s secret) string { return page(s, entities(s.value, "&#X%X;")) }},
		{"soft hyphens", func(s secret) string { return page(s, strings.Join(strings.Split(s.value, ""), "&shy;")) }},
		{"zero width", func(s secret) string { return page(s, strings.Join(strings.Split(s.value, ""), "&zwnj;")) }},
		{"word joiners", func(s secret) string { return page(s, strings.Join(strings.Split(s.value, ""), "&NoBreak;")) }},
	}}
}

func htmlTags() class {
	return class{"HTML tags", []variant{
		{"tag between digits", func(s secret) string { return page(s, strings.Join(strings.Split(s.value, ""), "<b></b>")) }},
		{"span around each", func(s secret) string {
			return page(s, "<span>"+strings.Join(strings.Split(s.value, ""), "</span><span>")+"</span>")
		}},
		{"comment", func(s secret) string { return page(s, cutIn(s.value, s.value, "<!-- x -->")) }},
		{"comment of another form", func(s secret) string { return page(s, cutIn(s.value, s.value, "<!x>")) }},
		{"comment that is empty", func(s secret) string { return page(s, cutIn(s.value, s.value, "<!-->")) }},
		{"comment of a dash", func(s secret) string { return page(s, cutIn(s.value, s.value, "<!--->")) }},
		{"section of XML", func(s secret) string { return page(s, cutIn(s.value, s.value, "<![CDATA[x]]>")) }},
		{"end tag of nothing", func(s secret) string { return page(s, cutIn(s.value, s.value, "</x>")) }},
		{"end tag that is none", func(s secret) string { return page(s, cutIn(s.value, s.value, "</ x>")) }},
		{"tag in capitals with blanks", func(s secret) string { return page(s, cutIn(s.value, s.value, "<SPAN\r\n\t></SPAN\r\n>")) }},
		{"tag with a slash", func(s secret) string { return page(s, cutIn(s.value, s.value, "<b/title=x></b/>")) }},
		{"comment that ends oddly", func(s secret) string { return page(s, cutIn(s.value, s.value, "<!-- x --!>")) }},
		{"processing instruction", func(s secret) string { return page(s, cutIn(s.value, s.value, "<?x y?>")) }},
		{"wbr", func(s secret) string { return page(s, cutIn(s.value, s.value, "<wbr>")) }},
		{"unknown tag", func(s secret) string { return page(s, cutIn(s.value, s.value, "<o:p></o:p>")) }},
		{"tag with > in an attribute", func(s secret) string { return page(s, cutIn(s.value, s.value, "<b title=\">\"></b>")) }},
		{"script between", func(s secret) string { return page(s, cutIn(s.value, s.value, "<script>1</script>")) }},
		{"style between", func(s secret) string { return page(s, cutIn(s.value, s.value, "<style>a{}</style>")) }},
		{"hidden text between", func(s secret) string {
			return page(s, cutIn(s.value, s.value, "<span style=\"display:none\">77</span>"))
		}},
		{"font size 0 between", func(s secret) string {
			return page(s, cutIn(s.value, s.value, "<span style=\"font-size:0\">99</span>"))
		}},
		{"one cell a digit", func(s secret) string {
			return page(s, "<table><tr><td>"+strings.Join(strings.Split(s.value, ""), "</td><td>")+"</td></tr></table>")
		}},
		{"one cell a digit, with blanks", func(s secret) string {
			return page(s, "<table>\r\n<tr>\r\n<td> "+strings.Join(strings.Split(s.value, ""), " </td>\r\n<td> ")+" </td>\r\n</tr>\r\n</table>")
		}},
		{"one cell a digit, label in a cell", func(s secret) string {
			label := s.line[:len(s.line)-len(s.value)]
			return page(s, "x<table><tr><td>"+label+"</td><td>"+strings.Join(strings.Split(s.value, ""), "</td><td>")+"</td></tr></table>")
		}},
		{"one box a digit", func(s secret) string {
			return page(s, "<span style=\"border:1px solid\">"+strings.Join(strings.Split(s.value, ""), "</span> <span style=\"border:1px solid\">")+"</span>")
		}},
		{"right to left", func(s secret) string { return page(s, "<bdo dir=rtl>"+reverse(s.value)+"</bdo>") }},
		{"right to left by style", func(s secret) string {
			return page(s, "<span style=\"direction: rtl; unicode-bidi: bidi-override\">"+reverse(s.value)+"</span>")
		}},
		{"right to left, in a paragraph", func(s secret) string {
			return page(s, "<div dir=\"rtl\"><p><bdo>"+reverse(s.value)+"</bdo></p></div>")
		}},
		{"groups from right to left", func(s secret) string {
			if s.detector != "payment-card" {
				return page(s, "<bdo dir='RTL'>"+reverse(s.value)+"</bdo>")
			}
			return page(s, "<p dir=rtl>"+turnedGroups(s.value)+"</p>")
		}},
		{"noscript", func(s secret) string { return page(s, "<noscript>"+s.value+"</noscript>") }},
		{"textarea", func(s secret) string { return page(s, "<textarea>"+s.value+"</textarea>") }},
	}}
}

// htmlNoise is HTML with digits in the value that nobody sees.
func htmlNoise() class {
	within := func(open, shut string) func(s secret) string {
		return func(s secret) string { return page(s, cutIn(s.value, s.value, open+"77"+shut)) }
	}
	styled := func(style string) func(s secret) string {
		return within("<span style=\""+style+"\">", "</span>")
	}
	sheet := func(head, open, shut string) func(s secret) string {
		return func(s secret) string {
			return strings.Replace(page(s, cutIn(s.value, s.value, open+"77"+shut)), "<html>", "<html><head>"+head+"</head>", 1)
		}
	}
	return class{"HTML with noise in the value", []variant{
		{"white", styled("color:#fff")}, {"transparent", styled("color: transparent")}, {"one pixel", styled("font-size:1px")}, {"tiny", styled("font-size: 0.1pt")}, {"no height", styled("display:inline-block;height:0;overflow:hidden")},
		{"no width", styled("display:inline-block;width:0;overflow:hidden")}, {"outside", styled("position:absolute;left:-9999px")}, {"cut off", styled("position:absolute;clip:rect(0,0,0,0)")}, {"invisible", styled("visibility:collapse")}, {"nearly transparent", styled("opacity:0.01")},
		{"scaled", styled("transform:scale(0)")}, {"white font", within("<font color=\"#ffffff\">", "</font>")}, {"small font", within("<font size=\"-7\" color=white>", "</font>")}, {"attribute hidden", within("<span hidden>", "</span>")},
		{"class", sheet("<style>.x{display:none}</style>", "<span class=x>", "</span>")}, {"class among others", sheet("<style>p, td.y .x , a:hover { color:red } i.x{ display : none !important }</style>", "<i class=\"a x b\">", "</i>")},
		{"id", sheet("<style>#x{visibility:hidden}</style>", "<span id=x>", "</span>")}, {"element", sheet("<style>u{font-size:0}</style>", "<u>", "</u>")}, {"rule of a medium", sheet("<style>@media screen { .x{display:none} }</style>", "<span class=x>", "</span>")},
		{"hidden around, shown inside", func(s secret) string {
			return page(s, "<span style=\"font-size:0\">"+"<span style=\"font-size:12pt\">"+strings.ReplaceAll(cutIn(s.value, s.value, "|"), "|", "</span>77<span style=\"font-size:12pt\">")+"</span></span>")
		}},
		{"between each two digits", func(s secret) string {
			return page(s, strings.Join(strings.Split(s.value, ""), "<span style=\"font-size:0\">7</span>"))
		}},
		{"text for a picture", func(s secret) string {
			return page(s, s.value[:6]+"<img src=\"x\" alt=\""+s.value[6:]+"\">")
		}},
		{"value of a field", func(s secret) string { return page(s, s.value[:6]+"<input value="+s.value[6:]+">") }},
		{"page in a frame", func(s secret) string {
			return page(s, "<iframe srcdoc=\"<p>"+strings.Replace(s.line, s.value, cutIn(s.value, s.value, "&lt;b>&lt;/b>"), 1)+"\"></iframe>")
		}},
		{"template", within("<template>", "</template>")}, {"label", within("<label style='display:none'>", "</label>")},
		{"blocks in one line", func(s secret) string {
			return page(s, "<div style=\"display: inline\">"+cutIn(s.value, s.value, "</div><div style=\"display: inline\">")+"</div>")
		}},
		{"blocks that float", func(s secret) string {
			return page(s, "<p style=\"float:left\">"+cutIn(s.value, s.value, "</p><p style=\"float:left\">")+"</p>")
		}},
		{"elements of forms", func(s secret) string {
			return page(s, "<label>"+cutIn(s.value, s.value, "</label><output>")+"</output>")
		}},
		{"ruby", func(s secret) string {
			return page(s, "<ruby>"+cutIn(s.value, s.value, "</ruby><ruby>")+"</ruby>")
		}},
	}}
}

func htmlThatIsnTShown() class {
	return class{"HTML that isn't shown", []variant{
		{"display none", func(s secret) string { return page(s, "<div style=\"display:none\">"+s.line+"</div>") }},
		{"white on white", func(s secret) string { return page(s, "<font color=white>"+s.line+"</font>") }},
		{"comment", func(s secret) string { return page(s, "<!-- "+s.line+" -->") }},
		{"alt text", func(s secret) string { return page(s, "<img src=x alt=\""+s.line+"\">") }},
		{"title", func(s secret) string { return page(s, "<span title='"+s.line+"'>x</span>") }},
		{"link target", func(s secret) string {
			return page(s, "<a href=\"https://x.example/?"+url.QueryEscape(s.line)+"\">x</a>")
		}},
		{"mailto", func(s secret) string { return page(s, "<a href=\"mailto:a@b.example?body="+percent(s.line)+"\">x</a>") }},
		{"input value", func(s secret) string { return page(s, "<input value=\""+s.line+"\">") }},
		{"CSS content", func(s secret) string { return page(s, "<style>p:after { content: \""+s.line+"\" }</style>") }},
		{"conditional comment", func(s secret) string { return page(s, "<!--[if mso]><p>"+s.line+"</p><![endif]-->") }},
		{"SVG text", func(s secret) string { return page(s, "<svg><text>"+s.line+"</text></svg>") }},
		{"title of the page", func(s secret) string { return page(s, "<title>"+s.line+"</title>") }},
	}}
}

func rightToLeftMarks() class {
	return class{"right-to-left marks", []variant{
		{"override", func(s secret) string { return plain(s, "\u202e"+reverse(s.value)+"\u202c") }},
		{"override, for half of it", func(s secret) string {
			return plain(s, s.value[:8]+"\u202e"+reverse(s.value[8:])+"\u202c")
		}},
		{"override, not ended", func(s secret) string { return plain(s, "\u202e"+reverse(s.value)) }},
		{"override with the value as it is", func(s secret) string { return plain(s, "\u202e"+s.value+"\u202c") }},
		{"override in an isolate", func(s secret) string { return plain(s, "\u2068\u202e"+reverse(s.value)+"\u202c\u2069") }},
		{"groups embedded", func(s secret) string {
			if s.detector != "payment-card" {
				return plain(s, "\u2067\u202e"+reverse(s.value)+"\u202c\u2069")
			}
			return plain(s, "\u202b"+turnedGroups(s.value)+"\u202c")
		}},
		{"isolate", func(s secret) string { return plain(s, "\u2067"+s.value+"\u2069") }},
		{"marks between", func(s secret) string { return plain(s, strings.Join(strings.Split(s.value, ""), "\u200f")) }},
		{"embedding", func(s secret) string { return plain(s, "\u202b"+s.value+"\u202c") }},
	}}
}

// valuesInPieces have something between all characters that people don't mind.
func valuesInPieces() class {
	return class{"values in pieces", append(each([]string{" ", "-", ".", "  ", " - ", "\t", "\r\n", "_", "/", "*"}, between), []variant{
		{"unseen control in the middle", func(s secret) string { return middle("\x01", s) }},
		{"unseen separators in the middle", func(s secret) string { return middle("\x1e\x1f", s) }},
		{"delete in the middle", func(s secret) string { return middle("\x7f", s) }},
		{"soft break of flowed text", func(s secret) string {
			return strings.Replace(middle(" \r\n", s), "charset=utf-8", "charset=utf-8; format=flowed; delsp=yes", 1)
		}},
		{"soft break of flowed text, quoted", func(s secret) string {
			return strings.Replace(plain(s, "\r\n> "+cutIn(s.value, s.value, " \r\n> ")), "charset=utf-8", "charset=utf-8; format=flowed; delsp=yes", 1)
		}},
	}...)}
}

// turnedGroups are the groups of four of a number from the last to the first.
func turnedGroups(value string) string {
	groups := strings.Fields(grouped(secret{value: value}, " ", ""))
	slices.Reverse(groups)
	return strings.Join(groups, " ")
}

// grouped puts a separator between groups of four, in identifiers that people
// write so.
func grouped(s secret, between string, detectors ...string) string {
	if !slices.Contains(detectors, s.detector) {
		return s.value
	}
	var b strings.Builder
	for i := range len(s.value) {
		if i > 0 && i%4 == 0 {
			b.WriteString(between)
		}
		b.WriteByte(s.value[i])
	}
	return b.String()
}

// shift replaces ASCII digits by those that begin with another zero.
func shift(s string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, s)
}

// mapped replaces ASCII digits by ten others.
func mapped(s string, ten []rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return ten[r-'0']
		}
		return r
	}, s)
}

// shiftLetters makes ASCII letters full width.
func shiftLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r - '!' + '\uff01'
		}
		return r
	}, s)
}

func reverse(s string) string {
	b := []byte(s)
	for i := range len(b) / 2 {
		b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
	}
	return string(b)
}

func entities(s, form string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// broken breaks a string into lines of n.
func broken(s string, n int) string {
	var b strings.Builder
	for s != "" {
		k := min(n, len(s))
		b.WriteString(s[:k] + "\r\n")
		s = s[k:]
	}
	return b.String()
}
