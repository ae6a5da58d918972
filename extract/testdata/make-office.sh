#!/bin/sh
# Makes the office files in testdata/office from the flat sources beside them,
# with LibreOffice (Debian: libreoffice-writer-nogui libreoffice-calc-nogui
# libreoffice-impress-nogui python3-uno). They are committed; run this to make them anew.
set -eu
cd "$(dirname "$0")/office"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
convert() { # source, extension, filter
	soffice "-env:UserInstallation=file://$profile" --headless --convert-to "$2${3:+:$3}" "$1" >/dev/null
}
convert letter.fodt docx 'MS Word 2007 XML'
convert letter.fodt odt
convert letter.fodt rtf
convert letter.fodt doc 'MS Word 97'
convert sheet.fods xlsx 'Calc MS Excel 2007 XML'
convert sheet.fods ods
convert sheet.fods xls 'MS Excel 97'
convert talk.fodp pptx 'Impress MS PowerPoint 2007 XML'
convert talk.fodp odp
convert talk.fodp ppt 'MS PowerPoint 97'
gzip -9nf talk.ppt # pictures of bullets, mostly
/usr/bin/python3 ../make-office-secret.py "$profile" "$PWD"
