package extract

import "io"

// compoundKind tells the kinds of compound files apart by the streams in them. It
// returns "" for a file that is no compound file.
func compoundKind(r io.ReaderAt, size int64) Kind {
	f, err := openOLE(r, size)
	if err != nil {
		return ""
	}
	return kindOfDir(f.root())
}

func kindOfDir(d oleDir) Kind {
	switch {
	case d.has("WordDocument"):
		return KindDoc
	case d.has("Workbook"), d.has("Book"):
		return KindXls
	case d.has("PowerPoint Document"):
		return KindPpt
	case d.has("__properties_version1.0"):
		return KindMsg
	}
	return KindOLE
}
