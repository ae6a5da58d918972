package extract

// readPivot reads the rows that a pivot table keeps of its source, which may
// be a sheet that is no longer there.
func (x *ooxml) readPivot(p *ooxmlPart) error {
	f := newOfficeFlow(x.w, "hidden")
	err := x.each(p, func(s *xmlScan, token xmlToken) error {
		name := string(s.name)
		switch {
		case token == xmlStart && (name == "cacheField" || name == "r"):
			f.rowStart()
			f.cellStart()
			return f.add("hidden", s.attr("name"))
		case token == xmlStart && len(name) == 1 && name != "x": // x refers to another
			f.cellStart()
			return f.add("hidden", s.attr("v"))
		case token == xmlEnd && (name == "cacheField" || name == "r"):
			return f.rowEnd()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.end()
}
