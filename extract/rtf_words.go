package extract

// destination takes the words that say what a group is; begins says that the
// word is the first one of its group.
func (r *rtfReader) destination(word string, begins bool) (done bool, err error) {
	if !begins {
		return false, nil
	}
	switch word {
	case "fonttbl":
		r.state.dest = destFonts
	case "colortbl", "stylesheet", "filetbl", "nonesttables", "themedata", "colorschememapping", "datastore", "latentstyles",
		"listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "xmlnstbl", "bkmkstart", "bkmkend", "objclass", "objname",
		"datafield", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "pnseclvl", "private":
		r.state.dest = destSkip
	case "info", "shpinst", "shprslt", "object", "result", "nesttableprops", "field", "fldrslt", "ud", "upr", "shp", "do", "dptxbxtext", "formfield":
		// Their groups say what they are themselves; what was skipped around
		// them is no reason to skip them.
		return r.state.dest != destSkip, nil
	case "title", "subject", "author", "operator", "keywords", "comment", "doccomm", "manager", "company", "category", "hlinkbase", "propname", "staticval", "docvar":
		r.line("properties")
	case "atnauthor", "atnid":
		r.line("metadata")
	case "sn":
		r.state.dest = destName
	case "sv":
		switch string(r.name) {
		case "gtextUNICODE", "wzDescription", "wzName", "wzTooltip", "pihlShape":
			r.line("alt")
		default: // measures
			r.state.dest = destSkip
		}
	case "fldinst", "ffdeftext", "ffhelptext", "ffstattext", "ffname", "ffl":
		r.line("fields")
	case "htmltag":
		r.line("metadata")
	case "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf":
		r.alone("header")
	case "footnote":
		r.alone("notes")
	case "annotation":
		r.alone("comments")
	case "shptxt":
		r.alone(r.f.place)
		r.state.dest = destText
	case "objdata":
		return true, r.object()
	case "pict":
		return true, r.picture()
	default:
		return false, nil
	}
	return true, nil
}

// line makes the group's text a line at a place.
func (r *rtfReader) line(place string) {
	if r.state.dest != destSkip {
		r.state.dest, r.state.place = destLine, place
	}
}

// alone makes the group's text a block of its own at a place.
func (r *rtfReader) alone(place string) {
	if r.state.dest == destSkip {
		return
	}
	r.state.dest, r.state.place = destOther, place
	r.state.pushed = r.f.push()
	r.state.table = false
}

// rtfChars are the words that stand for a character.
var rtfChars = map[string]string{
	"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
	"emspace": " ", "enspace": " ", "qmspace": " ", "zwnj": "", "zwj": "",
}

// property takes the words that change how text is read, or are text.
func (r *rtfReader) property(word string, value int, given bool) error {
	on := !given || value != 0
	switch word {
	case "u":
		if err := r.unit(uint16(value)); err != nil {
			return err
		}
		r.skip = r.state.uc
		return nil
	case "uc":
		r.state.uc = min(max(value, 0), 100)
		return nil
	}
	if s, ok := rtfChars[word]; ok {
		return r.text(s)
	}
	if err := r.structure(word); err != nil {
		return err
	}
	switch word {
	case "v", "webhidden":
		return r.change(&r.state.hidden, on)
	case "deleted":
		return r.change(&r.state.deleted, on)
	case "htmlrtf":
		if r.html {
			return r.change(&r.state.rtfOnly, on)
		}
	case "fromhtml":
		r.html = on
	case "plain":
		if err := r.change(&r.state.hidden, false); err != nil {
			return err
		}
		return r.change(&r.state.deleted, false)
	case "intbl":
		r.state.table = true
	case "pard":
		r.state.table = false
	}
	return r.charset(word, value)
}

// change switches part of the state, for the text that comes.
func (r *rtfReader) change(what *bool, on bool) error {
	if *what == on {
		return nil
	}
	err := r.flush()
	*what = on
	return err
}

// structure takes the words that end paragraphs, cells and rows.
func (r *rtfReader) structure(word string) error {
	switch word {
	case "par", "sect", "page", "line", "tab", "cell", "row", "nestcell", "nestrow", "column", "lbr":
	default:
		return nil
	}
	if r.state.dest != destText && r.state.dest != destOther && r.state.dest != destLine || r.state.rtfOnly {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	if r.state.dest == destLine {
		r.f.aside(r.state.place, " ")
		return nil
	}
	blank := byte('\n')
	switch word {
	case "cell", "nestcell":
		r.f.cellEnd()
		return nil
	case "nestrow":
		r.f.structure('\n')
		return nil
	case "row":
		return r.f.rowDone()
	case "tab":
		blank = '\t'
	case "line", "lbr":
	default:
		if !r.state.table {
			return r.f.paragraph()
		}
	}
	if r.state.table {
		blank = ' '
	}
	return r.f.blank(blank)
}

// charset takes the words that say how bytes become characters.
func (r *rtfReader) charset(word string, value int) error {
	page := 0
	switch word {
	case "ansi":
		page = 1252
	case "mac":
		page = 10000
	case "pc":
		page = 437
	case "pca":
		page = 850
	case "ansicpg":
		page = value
	case "f":
		if r.state.dest == destFonts {
			r.font = value
			return nil
		}
		return r.usePage(value)
	case "fcharset", "cpg":
		if r.state.dest == destFonts && len(r.fonts) < 10_000 {
			if word == "fcharset" {
				value = fontPage(value)
			}
			r.fonts[r.font] = value
		}
		return nil
	default:
		return nil
	}
	err := r.flush()
	r.page, r.state.page = page, page
	return err
}

// usePage goes on with the code page of a font.
func (r *rtfReader) usePage(font int) error {
	page := r.fonts[font]
	if page == 0 {
		page = r.page
	}
	if page == r.state.page {
		return nil
	}
	err := r.flush()
	r.state.page = page
	return err
}

// fontPage is the code page of a font's character set, 0 for the document's.
func fontPage(charset int) int {
	switch charset {
	case 0:
		return 1252
	case 77:
		return 10000
	case 128:
		return 932
	case 129:
		return 949
	case 134:
		return 936
	case 136:
		return 950
	case 161:
		return 1253
	case 162:
		return 1254
	case 163:
		return 1258
	case 177:
		return 1255
	case 178:
		return 1256
	case 186:
		return 1257
	case 204:
		return 1251
	case 222:
		return 874
	case 238:
		return 1250
	case 254:
		return 437
	case 255:
		return 850
	}
	return 0
}
