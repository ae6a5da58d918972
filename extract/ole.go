package extract

// oleKind says what a compound file ([MS-CFB]) holds, by the names of its
// streams.
func oleKind(f File) Kind {
	o, err := openOLE(f.Data, f.Size)
	if err != nil {
		return KindOLE
	}
	switch d := o.root(); {
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

// readOLE reads a compound file that no other reader knows. Where its directory
// is broken, the name of an encrypted file's stream may still stand in it.
func readOLE(w *work) error {
	w.unread(ProblemUnknown)
	sealed, err := w.contains("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	if err != nil {
		return err
	}
	if sealed {
		w.encryptedWhole()
		return nil
	}
	return w.strings()
}
