#!/usr/bin/env python3
"""Makes the binary files in testdata/cases, from the formats' specifications.

Nothing free makes RAR archives, and pictures of a few bytes are easier to write
than to make. Run it in this folder.
"""
import struct
import zlib

NEEDLE = b"4539148803436467"


def write(name, data):
    with open("cases/" + name, "wb") as f:
        f.write(data)


# GIF89a: a picture of one pixel with a comment
write("comment.gif", b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
      + b"\x21\xfe" + bytes([24]) + b"comment " + NEEDLE + b"\0"
      + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00" + b"\x3b")


# DICOM PS3.5 section 7.1: explicit and implicit types of values
def explicit(group, element, kind, value):
    value += b" " * (len(value) % 2)
    head = struct.pack("<HH", group, element) + kind
    if kind == b"OW":
        return head + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def implicit(group, element, _, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HHI", group, element, len(value)) + value


patient = [(8, 5, b"CS", b"ISO_IR 101"), (8, 0x60, b"CS", b"CT"), (0x10, 0x10, b"PN", "Kowalska^Łucja".encode("iso8859-2")),
           (0x10, 0x20, b"LO", b"44051401359"), (0x10, 0x30, b"DA", b"19440514"), (0x7FE0, 0x10, b"OW", b"\1\2" * 50)]
for name, syntax, form in ("explicit", b"1.2.840.10008.1.2.1\0", explicit), ("implicit", b"1.2.840.10008.1.2\0", implicit):
    write(name + ".dcm", b"\0" * 128 + b"DICM" + explicit(2, 0x10, b"UI", syntax) + b"".join(form(*e) for e in patient))

# WebP (RFC 9649): nothing but XMP
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>XMP ' + NEEDLE + b"</a></x:xmpmeta>"
xmp += b" " * (len(xmp) % 2)
body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\4" + b"\0" * 9 + b"XMP " + struct.pack("<I", len(xmp)) + xmp
write("xmp.webp", b"RIFF" + struct.pack("<I", len(body)) + body)


# ID3v2.3
def frame(key, text):
    return key + struct.pack(">I", len(text) + 1) + b"\0\0\x03" + text


tags = frame(b"TIT2", b"Title of " + NEEDLE) + frame(b"TPE1", b"The artist")
write("tags.mp3", b"ID3\x03\0\0" + bytes([0, 0, len(tags) >> 7, len(tags) & 127]) + tags + b"\xff\xfb\x90\0" + b"\0" * 100)

# RAR 4 and 5, stored
text, name = b"The needle is " + NEEDLE + b".\n", b"needle.txt"


def block4(kind, flags, rest, data=b""):
    head = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data


head = struct.pack("<IIBIIBBHI", len(text), len(text), 3, zlib.crc32(text), 0x5A000000, 20, 0x30, len(name), 0x81A4) + name
write("stored4.rar", b"Rar!\x1a\x07\0" + block4(0x73, 0, b"\0" * 6) + block4(0x74, 0x8000, head, text) + block4(0x7B, 0x4000, b""))


def vint(*numbers):
    out = b""
    for n in numbers:
        while n > 127:
            out += bytes([n & 127 | 128])
            n >>= 7
        out += bytes([n])
    return out


def block5(body, data=b""):
    head = vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(head)) + head + data


entry = vint(2, 2, len(text), 4, len(text), 0x81A4) + struct.pack("<I", zlib.crc32(text)) + vint(0, 1, len(name)) + name
write("stored5.rar", b"Rar!\x1a\x07\x01\0" + block5(vint(1, 0, 0)) + block5(entry, text) + block5(vint(5, 0, 0)))
