package hostile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// archiveClasses are attachments that programs read differently, or not at all.
func archiveClasses() []class {
	return []class{archivesReadDifferently(), filesThatCannotBeRead()}
}

// attach is a message with a file of a type and name.
func attach(kind, name, content string) string {
	return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: "+kind+"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\""+name+"\"\r\n\r\n"+broken(plain64(content), 76))
}

// zipped is an archive of names and contents in turn.
func zipped(list ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(list); i += 2 {
		f, _ := w.CreateHeader(&zip.FileHeader{Name: list[i], Method: zip.Deflate})
		_, _ = f.Write([]byte(list[i+1]))
	}
	_ = w.Close()
	return b.String()
}

// zippedWith is an archive of one file with a comment.
func zippedWith(name, comment string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, _ := w.CreateHeader(&zip.FileHeader{Name: name, Comment: comment})
	_, _ = f.Write([]byte("hello"))
	_ = w.Close()
	return b.String()
}

// gzipped is one member.
func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// tarred is an archive of one file, with its end.
func tarred(name, s string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(s)), Format: tar.FormatUSTAR})
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// local is a stored file of an archive without the directory at the end; the
// flags may say that it is encrypted.
func local(name, s string, flags uint16) string {
	b := binary.LittleEndian.AppendUint32([]byte("PK\x03\x04\x14\x00"), uint32(flags))
	b = append(b, 0, 0, 0x21, 0x58)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(s)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	return string(append(b, 0, 0)) + name + s
}

func archivesReadDifferently() class {
	zipFile := func(content string) string { return attach("application/zip", "a.zip", content) }
	return class{"archives that programs read differently", []variant{
		{"file that the directory doesn't list", func(s secret) string { return zipFile(local("b.txt", s.text(), 0) + zipped("a.txt", "hello")) }},
		{"no directory at the end", func(s secret) string { return zipFile(local("b.txt", s.text(), 0)) }},
		{"a program in front", func(s secret) string { return zipFile("MZ" + strings.Repeat("\x90", 500) + zipped("b.txt", s.text())) }},
		{"bytes behind", func(s secret) string { return zipFile(zipped("b.txt", s.text()) + strings.Repeat("x", 500)) }},
		{"two archives, the first", func(s secret) string { return zipFile(zipped("b.txt", s.text()) + zipped("a.txt", "hello")) }},
		{"two archives, the second", func(s secret) string { return zipFile(zipped("a.txt", "hello") + zipped("b.txt", s.text())) }},
		{"one name twice", func(s secret) string { return zipFile(zipped("a.txt", "hello", "a.txt", s.text())) }},
		{"one name twice, the first", func(s secret) string { return zipFile(zipped("a.txt", s.text(), "a.txt", "hello")) }},
		{"name leads outside", func(s secret) string { return zipFile(zipped("../../etc/a.txt", s.text())) }},
		{"name is a folder's", func(s secret) string { return zipFile(strings.ReplaceAll(zipped("ab", s.text()), "ab", "a/")) }},
		{"value in a name", func(s secret) string { return zipFile(zipped(strings.ReplaceAll(s.line, ":", "")+".txt", "hello")) }},
		{"value in the comment", func(s secret) string {
			z := zipped("a.txt", "hello")
			return zipFile(z[:len(z)-2] + string(binary.LittleEndian.AppendUint16(nil, uint16(len(s.line)))) + s.line)
		}},
		{"value in the comment of a file", func(s secret) string { return zipFile(zippedWith("a.txt", s.line)) }},
		{"value in the comment of gzip", func(s secret) string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Comment = s.line
			_, _ = w.Write([]byte("hello"))
			_ = w.Close()
			return attach("application/gzip", "a.gz", b.String())
		}},
		{"text behind the end", func(s secret) string { return zipFile(zipped("a.txt", "hello") + "\r\n" + s.text()) }},
		{"text before the beginning", func(s secret) string { return zipFile(s.text() + zipped("a.txt", "hello")) }},
		{"called a picture", func(s secret) string { return attach("image/jpeg", "a.jpg", zipped("b.txt", s.text())) }},
		{"behind a PDF", func(s secret) string {
			return attach("application/pdf", "a.pdf", "%PDF-1.4\n%%EOF\n"+zipped("b.txt", s.text()))
		}},
		{"six deep", func(s secret) string {
			z := zipped("b.txt", s.text())
			for range 5 {
				z = zipped("a.zip", z)
			}
			return zipFile(z)
		}},
		{"forty deep", func(s secret) string {
			z := zipped("b.txt", s.text())
			for range 39 {
				z = zipped("a.zip", z)
			}
			return zipFile(z)
		}},
		{"behind four megabytes of nothing", func(s secret) string { return zipFile(zipped("a.txt", strings.Repeat("\x00", 4<<20)+s.text())) }},
		{"the last of many", func(s secret) string {
			var list []string
			for range 3000 {
				list = append(list, "a.txt", "x")
			}
			return zipFile(zipped(append(list, "b.txt", s.text())...))
		}},
		{"second member of gzip", func(s secret) string { return attach("application/gzip", "a.gz", gzipped("hello\n")+gzipped(s.text())) }},
		{"text behind gzip", func(s secret) string { return attach("application/gzip", "a.gz", gzipped("hello\n")+s.text()) }},
		{"behind the end of tar", func(s secret) string {
			return attach("application/x-tar", "a.tar", tarred("a.txt", "hello")+tarred("b.txt", s.text()))
		}},
		{"tar without its end", func(s secret) string {
			return attach("application/x-tar", "a.tar", strings.TrimRight(tarred("b.txt", s.text()), "\x00"))
		}},
	}}
}

// filesThatCannotBeRead hold nothing that can be found, so something must be
// said. The value is there only in the encrypted archive.
func filesThatCannotBeRead() class {
	file := func(kind, name, magic string) func(s secret) string {
		return func(s secret) string { return attach(kind, name, magic+noise(s.value, 3000)) }
	}
	return class{"files that can't be read", []variant{
		{"encrypted zip", func(s secret) string {
			return attach("application/zip", "a.zip", encryptedZip("b.txt", s.text(), "not in the mail"))
		}},
		{"zip that ends in the middle", func(s secret) string {
			z := zipped("a.txt", noise(s.value, 3000), "b.txt", s.text())
			return attach("application/zip", "a.zip", z[:1500])
		}},
		{"7z", file("application/x-7z-compressed", "a.7z", "7z\xbc\xaf\x27\x1c\x00\x04")},
		{"rar", file("application/vnd.rar", "a.rar", "Rar!\x1a\x07\x01\x00")},
		{"rar called text", file("text/plain", "a.txt", "Rar!\x1a\x07\x01\x00")},
		{"bzip2 that is broken", file("application/x-bzip2", "a.bz2", "BZh91AY&SY")},
		{"xz that is broken", file("application/x-xz", "a.xz", "\xfd7zXZ\x00\x00\x04")},
		{"gzip that is broken", file("application/gzip", "a.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")},
		{"compound file that is broken", file("application/msword", "a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
		{"encrypted PDF", encryptedPDF},
		{"PDF that is broken", file("application/pdf", "a.pdf", "%PDF-1.7\n")},
		{"document that is broken", func(s secret) string {
			return attach("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", "PK\x03\x04"+noise(s.value, 3000))
		}},
		{"bytes of an unknown kind", file("application/octet-stream", "a.bin", "\x91\x02\xf7")},
		{"bytes called text", file("text/plain", "a.txt", "\x00\x01\x02\x91")},
		{"picture", file("image/png", "a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")},
		{"enveloped S/MIME", func(s secret) string {
			return top + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + plain64("0\x82\x0c\x00\x06\x09*\x86H\x86\xf7\r\x01\x07\x03\xa0\x82"+noise(s.value, 3000)) + "\r\n"
		}},
	}}
}

// encryptedPDF has the dictionary of AES-256 (ISO 32000-2, 7.6.4) and a stream
// that nobody can decrypt.
func encryptedPDF(s secret) string {
	random := func(n int) string { return strings.ReplaceAll(hexed(noise(s.value, n)), "=", "") }
	dictionary := "<< /Filter /Standard /V 5 /R 6 /Length 256 /P -1028 /O <" + random(48) + "> /U <" + random(48) + "> /OE <" + random(32) + "> /UE <" + random(32) + "> /Perms <" + random(16) +
		"> /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF >>"
	return pdf("/Encrypt 5 0 R /ID [<"+random(16)+"> <"+random(16)+">] ", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>", "<< /Length 3000 >>\nstream\n"+noise(s.value, 3000)+"\nendstream", dictionary)
}

// noise is n bytes that depend on a value.
func noise(value string, n int) string {
	r := rand.New(rand.NewPCG(uint64(crc32.ChecksumIEEE([]byte(value))), 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return string(b)
}

// encryptedZip is an archive of one stored file with the traditional encryption
// of APPNOTE.TXT 6.1.
func encryptedZip(name, s, password string) string {
	keys := [3]uint32{0x12345678, 0x23456789, 0x34567890}
	table := crc32.MakeTable(crc32.IEEE)
	step := func(c byte) {
		keys[0] = table[byte(keys[0])^c] ^ keys[0]>>8
		keys[1] = (keys[1]+keys[0]&0xff)*134775813 + 1
		keys[2] = table[byte(keys[2])^byte(keys[1]>>24)] ^ keys[2]>>8
	}
	for i := range len(password) {
		step(password[i])
	}
	sum := crc32.ChecksumIEEE([]byte(s))
	clear := noise(s, 11) + string([]byte{byte(sum >> 24)}) + s
	cipher := make([]byte, len(clear))
	for i := range len(clear) {
		t := keys[2]&0xffff | 2
		cipher[i] = clear[i] ^ byte(t*(t^1)>>8)
		step(clear[i])
	}
	head := local(name, string(cipher), 1)
	head = head[:14] + string(binary.LittleEndian.AppendUint32(nil, sum)) + string(binary.LittleEndian.AppendUint32([]byte(head[18:22]), uint32(len(s)))) + head[26:]
	central := "PK\x01\x02\x14\x00" + head[4:30] + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + name
	end := binary.LittleEndian.AppendUint32([]byte("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00"), uint32(len(central)))
	end = binary.LittleEndian.AppendUint32(end, uint32(len(head)))
	return head + central + string(end) + "\x00\x00"
}
