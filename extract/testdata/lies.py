#!/usr/bin/env python3
"""Makes the files in testdata/lies: files that aren't what their name says, that
are two things at once, or of kinds that nothing here reads. Run it in this
folder, after make.sh and make-office.sh."""
import base64
import io
import os
import sqlite3
import struct
import tempfile
import zipfile
import zlib

NEEDLE = b"4539148803436467"
TEXT = b"The needle is " + NEEDLE + b".\n"


def write(name, data):
    with open("lies/" + name, "wb") as f:
        f.write(data)


def read(name):
    with open(name, "rb") as f:
        return f.read()


def zipped(files, prefix=b""):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    return prefix + b.getvalue()


# One kind with the name of another.
kinds = {"pdf": read("files/doc.pdf"), "docx": read("office/letter.docx"), "zip": read("files/plain.zip"), "html": b"<html><body><p>" + TEXT + b"</p></body></html>",
         "doc": read("office/letter.doc"), "jpg": read("files/picture.jpg"), "rtf": b"{\\rtf1\\ansi " + TEXT + b"}", "7z": read("files/plain.7z")}
for kind, name in ("docx", "txt"), ("pdf", "txt"), ("zip", "pdf"), ("html", "png"), ("rtf", "doc"), ("doc", "csv"), ("7z", "zip"), ("jpg", "html"), ("pdf", "jpg"), ("zip", "eml"):
    write(kind + "-named." + name, kinds[kind])
write("text-named.pdf", TEXT)
write("text-named.zip", TEXT)
write("noise-named.txt", bytes((i * 7919 >> 3) & 255 for i in range(2000)))

# Two things at once.
write("pdf-and-zip.pdf", read("files/doc.pdf") + zipped([("a.txt", TEXT)]))
write("gif-and-script.gif", b"GIF89a/*\x01\x00\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00\x3b*/=1;// " + TEXT)
jpeg = read("files/picture.jpg")
comment = b"<html><body>" + TEXT + b"</body></html>"
write("html-in-comment.jpg", jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:])
write("prefix.zip", zipped([("a.txt", TEXT)], b"Some words before it. " * 40))
write("prefix.pdf", b"junk\n" * 200 + read("files/doc.pdf"))
write("far-prefix.pdf", b"junk\n" * 600 + read("files/doc.pdf"))
write("zip-and-html.html", b"<html>" + TEXT + b"</html>" + zipped([("b.txt", TEXT)]))
write("rtf-and-zip.rtf", kinds["rtf"] + zipped([("a.txt", TEXT)]))

# Kinds that programs open and people forget.
write("page.mht", b"From: <Saved by a browser>\r\nSubject: Page\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
      b"Content-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      + base64.encodebytes(kinds["html"]) + b"\r\n--b--\r\n")
write("mail-named.txt", b"From: a@a.example\r\nTo: b@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(TEXT))
write("word2003.xml", b"<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\"><w:body><w:p><w:r><w:t>The needle is 45391488</w:t></w:r><w:r><w:t>03436467.</w:t></w:r></w:p></w:body></w:wordDocument>")
write("excel2003.xml", b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"A\"><Table><Row><Cell><Data ss:Type=\"String\">PESEL</Data></Cell></Row><Row><Cell><Data ss:Type=\"Number\">44051401359</Data></Cell></Row></Table></Worksheet></Workbook>")
write("book.epub", zipped([("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"<?xml version='1.0'?><container/>"), ("OEBPS/a.xhtml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>The needle is 45391488<b>03436467</b>.</p></body></html>")]))
write("letter.pages", zipped([("Index/Document.iwa", b"\x00\x10\x00\x00" + bytes(range(7, 255))), ("preview.jpg", jpeg), ("Metadata/Properties.plist", b"bplist00\xd1\x01\x02\x51a\x51b\x08\x0b\x0d" + b"\0" * 26)]))
write("page.xps", zipped([("[Content_Types].xml", b"<Types/>"), ("Documents/1/Pages/1.fpage", b"<?xml version='1.0'?><FixedPage xmlns='http://schemas.microsoft.com/xps/2005/06'><Glyphs UnicodeString='The needle is 4539148803436467.' FontUri='/a.odttf'/></FixedPage>")]))
write("program.jar", zipped([("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n"), ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x41" + b"\0\x10\x01\0\x1e" + TEXT)]))
write("picture.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><text x='1'>The needle is 45391488<tspan>03436467</tspan>.</text></svg>")
write("link.url", b"[InternetShortcut]\r\nURL=https://x.example/?card=" + NEEDLE + b"\r\n")
write("card-base64.vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nNOTE;ENCODING=b:" + base64.b64encode(TEXT) + b"\r\nKEY;ENCODING=B;TYPE=PGP:\r\n " + base64.b64encode(TEXT * 3)[:60] + b"\r\n " + base64.b64encode(TEXT * 3)[60:] + b"\r\nEND:VCARD\r\n")
write("folded.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:The needle is 45391\r\n 48803436\r\n\t467.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
write("script.ps", b"%!PS-Adobe-3.0\n/F 12 selectfont 72 72 moveto (The need) show (le is ...) show\n<~87cURD]i,\"Ebo80~> cvx exec showpage\n")
write("encoded.uue", b"begin 644 needle.txt\n?5&AE(&YE961L92!I<R`T-3,Y,30X.#`S-#,V-#8W+@H`\n`\nend\n")
write("encoded.b64", base64.encodebytes(TEXT * 4))
write("sealed.pem", b"-----BEGIN PKCS7-----\n" + base64.encodebytes(read("files/enveloped.p7m")) + b"-----END PKCS7-----\n")
write("signed.pem", b"-----BEGIN CMS-----\n" + base64.encodebytes(read("files/signed.p7m")) + b"-----END CMS-----\n")
armour = read("cases/alone.asc")
write("greeting-then-sealed.txt", b"Dear Ann,\n\nsee below.\n\n" + armour + b"\nBob\n")
write("quoted-sealed.txt", b"Ann wrote:\n> " + armour.replace(b"\n", b"\n> ") + b"\n")
write("sealed-in-page.html", b"<html><body><p>Dear Ann</p><pre>" + armour + b"</pre></body></html>")

# Kinds that nothing here reads: what stands in them is never all of it.
with tempfile.TemporaryDirectory() as folder:
    db = sqlite3.connect(folder + "/a")
    db.execute("pragma page_size = 512")
    db.execute("create table a (b text)")
    db.executemany("insert into a values (?)", [("The needle is 4539148803436467, and other words that fill the page up. " * 4,)] * 30)
    db.commit()
    db.close()
    write("data.sqlite", read(folder + "/a"))
write("mail.pst", b"!BDN" + b"\x12\x34\x56\x78SM\x17\0" + b"\0" * 500 + TEXT * 3)
write("data.mdb", b"\0\1\0\0Standard Jet DB\0" + b"\1" * 100 + TEXT.decode().encode("utf-16le") + b"\0\1\2\3" * 50)
write("table.parquet", b"PAR1" + b"\x15\x04\x15\x20\x15\x24L\x15\x02" + TEXT + b"\0\1\2\3" * 30 + b"PAR1")
write("files.cab", b"MSCF\0\0\0\0" + struct.pack("<IIIBBHHHHH", 120, 0, 44, 0, 3, 1, 1, 1, 0, 0) + b"\0" * 20 + b"needle.txt\0CK" + zlib.compress(TEXT)[2:-4])
write("disk.iso", b"\0" * 32768 + b"\1CD001\1\0" + b"LINUX".ljust(32) + b"\0" * 2000 + TEXT)
write("files.lzh", b"\x25\x41-lh5-\x30\0\0\0\x20\0\0\0\0\0\0\0\x20\1\x0aneedle.txt\x12\x34" + zlib.compress(TEXT * 3)[2:])
write("files.arj", b"\x60\xea\x2c\0\x22\x0b\1\2\x10\0\2" + b"\x91\x12" * 20 + zlib.compress(TEXT * 3)[2:])
write("files.ace", b"\x12\x34\x31\0\0\x90\0**ACE**\x14\x14\2\0" + b"\x91\x12" * 20 + zlib.compress(TEXT * 3)[2:])
write("disk.dmg", zlib.compress(TEXT * 20) + b"koly" + struct.pack(">II", 4, 512) + b"\0" * 500)
write("shortcut.lnk", b"L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0F" + b"\0" * 56 + ("https://x.example/" + NEEDLE.decode()).encode("utf-16le"))
write("package.deb", b"!<arch>\n" + b"debian-binary   1700000000  0     0     100644  4         `\n2.0\n" + b"data.tar.lzma   1700000000  0     0     100644  90        `\n" + b"]\0\0\x80\0" + zlib.compress(TEXT * 9)[2:])
write("files.cpio", b"070701" + b"00000001" * 13 + b"needle.txt\0\0" + TEXT)
write("old.tar.Z", b"\x1f\x9d\x90" + zlib.compress(TEXT * 9)[2:])
write("files.lz", b"LZIP\1\x0c" + zlib.compress(TEXT * 9)[2:])
write("files.lzma", b"]\0\0\x80\0" + b"\xff" * 8 + b"\0" + zlib.compress(TEXT * 9)[2:])
write("files.lz4", b"\x04\x22\x4d\x18\x64\x40\xa7" + struct.pack("<I", 0x80000000 | len(TEXT)) + TEXT + b"\0\0\0\0")
write("files.xar", b"xar!\0\x1c\0\1" + zlib.compress(TEXT * 9))
write("font.woff", b"wOFF\0\1\0\0" + zlib.compress(TEXT * 9))
