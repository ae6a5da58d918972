package extract

// Kind is what a file is by its content.
type Kind string

// What is told apart. KindUnknown is bytes that are nothing of these.
const (
	KindUnknown Kind = "unknown"
	KindEmpty   Kind = "empty"
	KindText    Kind = "text"
	KindHTML    Kind = "html"
	KindCSV     Kind = "csv"
	KindJSON    Kind = "json"
	KindXML     Kind = "xml"
	KindYAML    Kind = "yaml"
	KindICS     Kind = "ics"
	KindVCF     Kind = "vcf"
	KindRTF     Kind = "rtf"
	KindPDF     Kind = "pdf"
	KindZip     Kind = "zip"
	KindTar     Kind = "tar"
	KindGzip    Kind = "gzip"
	KindBzip2   Kind = "bzip2"
	KindXZ      Kind = "xz"
	KindZstd    Kind = "zstd"
	Kind7z      Kind = "7z"
	KindRAR     Kind = "rar"
	KindDocx    Kind = "docx"
	KindXlsx    Kind = "xlsx"
	KindPptx    Kind = "pptx"
	KindODT     Kind = "odt"
	KindODS     Kind = "ods"
	KindODP     Kind = "odp"
	KindDoc     Kind = "doc"
	KindXls     Kind = "xls"
	KindPpt     Kind = "ppt"
	KindMsg     Kind = "msg"
	KindOLE     Kind = "ole" // another compound file
	KindTNEF    Kind = "tnef"
	KindEML     Kind = "eml"
	KindJPEG    Kind = "jpeg"
	KindPNG     Kind = "png"
	KindGIF     Kind = "gif"
	KindTIFF    Kind = "tiff"
	KindWebP    Kind = "webp"
	KindBMP     Kind = "bmp"
	KindSVG     Kind = "svg"
	KindHEIF    Kind = "heif"  // and AVIF
	KindMedia   Kind = "media" // sound or film
	KindCMS     Kind = "cms"   // PKCS #7
	KindPGP     Kind = "pgp"
	KindDICOM   Kind = "dicom"
	KindProgram Kind = "program"
	KindEncoded Kind = "encoded" // text that stands for other content: uuencode, yEnc, BinHex, PostScript
)
