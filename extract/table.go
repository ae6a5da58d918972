package extract

// table says which reader reads which kind. Kinds that it doesn't list are
// unknown: what runs of characters stand in them is handed on, and that they
// were not read is said.
func (x *Extractor) table() map[Kind]reader {
	t := map[Kind]reader{
		KindEmpty:   readEmpty,
		KindText:    readText,
		KindYAML:    readText,
		KindEML:     readCoded,
		KindEncoded: readCoded,
		KindHTML:    readHTML,
		KindSVG:     readHTML,
		KindXML:     readXML,
		KindJSON:    readJSON,
		KindCSV:     readCSV,
		KindPDF:     x.pdf.read,
		KindZip:     readZip,
		KindTar:     readTar,
		KindGzip:    readGzip,
		KindBzip2:   readBzip2,
		KindCMS:     readCMS,
		KindPGP:     readPGP,
		KindRTF:     readRTF,
		KindDocx:    readOOXML,
		KindXlsx:    readOOXML,
		KindPptx:    readOOXML,
		KindODT:     readODF,
		KindODS:     readODF,
		KindODP:     readODF,
		KindDoc:     readCompound,
		KindXls:     readCompound,
		KindPpt:     readCompound,
		KindMsg:     readCompound,
		KindOLE:     readCompound,
		KindTNEF:    readTNEF,
		KindICS:     readVObject,
		KindVCF:     readVObject,
		KindJPEG:    readJPEG,
		KindPNG:     readPNG,
		KindGIF:     readGIF,
		KindTIFF:    readTIFF,
		KindWebP:    readWebP,
		KindBMP:     readPicture,
		KindHEIF:    readPicture,
		KindMedia:   readMedia,
		KindDICOM:   readDICOM,
	}
	for kind, read := range risky() {
		t[kind] = x.apart(kind, read)
	}
	return t
}

// risky are the readers that run in a worker: what they rely on was not written
// with hostile files in mind.
func risky() map[Kind]reader {
	return map[Kind]reader{
		KindXZ:   readXZ,
		KindZstd: readZstd,
		Kind7z:   read7z,
		KindRAR:  readRAR,
	}
}
