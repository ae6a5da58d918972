#!/bin/sh
# Makes the files in testdata/files with other people's programs:
#   apt-get install p7zip-full zip xz-utils zstd bzip2 qpdf ghostscript libimage-exiftool-perl openssl gnupg
# Run it in this folder. The results are committed; tests need none of these.
set -eu
out=$PWD/files
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
rm -f "$out"/*
mkdir folder
echo 'The needle is 4539148803436467, Zażółć.' > needle.txt
cp needle.txt folder/łódź.txt

zip -q -r "$out/plain.zip" needle.txt folder
zip -q -P secret "$out/crypto.zip" needle.txt
cat needle.txt | zip -q - - > "$out/streamed.zip"
7z a -bd -tzip -mem=AES256 -psecret "$out/aes.zip" needle.txt > /dev/null
7z a -bd -tzip -mm=bzip2 "$out/bzip2.zip" needle.txt > /dev/null
7z a -bd "$out/plain.7z" needle.txt folder > /dev/null
7z a -bd -mhc=off -m0=lzma2:d=64k "$out/flat.7z" needle.txt > /dev/null
7z a -bd -psecret "$out/content.7z" needle.txt > /dev/null
7z a -bd -psecret -mhe=on "$out/header.7z" needle.txt > /dev/null
tar -cf "$out/plain.tar" needle.txt folder
tar -cf - needle.txt | gzip -n > "$out/plain.tgz"
gzip -c needle.txt > "$out/needle.txt.gz"
bzip2 -c needle.txt > "$out/needle.txt.bz2"
xz -c needle.txt > "$out/needle.txt.xz"
zstd -q -c needle.txt > "$out/needle.txt.zst"

cat > doc.ps <<'PS'
%!PS
/Helvetica findfont 11 scalefont setfont
72 760 moveto (The needle is 4539148803436467.) show
72 720 moveto (PESEL) show 220 720 moveto (Surname) show 400 720 moveto (City) show
72 700 moveto (44051401359) show 220 700 moveto (Kowalska) show 400 700 moveto (Krakow) show
72 680 moveto (02070803628) show 220 680 moveto (Nowak) show 400 680 moveto (Gdansk) show
[ /Title (A title) /Author (A. Writer) /DOCINFO pdfmark
[ /Rect [72 600 300 620] /Contents (a note for the reader) /Subtype /Text /ANN pdfmark
[ /Rect [72 560 300 580] /Action << /Subtype /URI /URI (https://x.example/?needle) >> /Subtype /Link /ANN pdfmark
showpage
/Helvetica findfont 11 scalefont setfont
72 760 moveto (The second page has enough text to be a page of text.) show
showpage
PS
cat > scan.ps <<'PS'
%!PS
500 700 scale 8 8 8 [8 0 0 -8 0 8] {<00ff00ff00ff00ff>} image showpage
PS
pdf() { gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -o "$2" "$1"; }
pdf doc.ps "$out/doc.pdf"
pdf scan.ps "$out/scan.pdf"
qpdf "$out/doc.pdf" --add-attachment needle.txt -- "$out/attachment.pdf"
qpdf --encrypt secret owner 256 -- "$out/doc.pdf" "$out/encrypted.pdf"
qpdf --encrypt '' owner 256 -- "$out/doc.pdf" "$out/owner.pdf"

# pictures with what people and cameras write into them
for d in jpeg png16m tiff24nc; do gs -q -dNOPAUSE -dBATCH -r4 -sDEVICE=$d -o "picture.$d" scan.ps; done
describe() {
	exiftool -q -overwrite_original -ImageDescription='The needle is 4539148803436467' -Artist='Anna Kowalska' \
		-UserComment='a comment of the user' -XMP-dc:Title='an XMP title' -XPKeywords='wide keywords' "$1"
}
for p in jpeg:jpg png16m:png tiff24nc:tif; do
	cp "picture.${p%%:*}" "$out/picture.${p##*:}"
	describe "$out/picture.${p##*:}"
done
exiftool -q -overwrite_original -IPTC:By-line='An IPTC writer' -Comment='a JPEG comment' "$out/picture.jpg"
exiftool -q -overwrite_original -PNG:Comment='a PNG comment' "$out/picture.png"
cat "$out/picture.jpg" "$out/plain.zip" > "$out/polyglot.jpg"
cat "$out/picture.png" needle.txt > "$out/trailing.png"
(printf 'MZ\220\000 not a real program \000\000\001\002\003'; head -c 100 /dev/zero; cat "$out/plain.zip") > "$out/sfx.exe"

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=test -days 3650 2> /dev/null
openssl cms -sign -nodetach -binary -in needle.txt -signer cert.pem -inkey key.pem -outform DER -out "$out/signed.p7m"
openssl cms -sign -stream -nodetach -binary -in needle.txt -signer cert.pem -inkey key.pem -outform DER -out "$out/signed-ber.p7m"
openssl cms -sign -binary -in needle.txt -signer cert.pem -inkey key.pem -outform DER -out "$out/detached.p7s"
openssl cms -encrypt -binary -in needle.txt -outform DER -out "$out/enveloped.p7m" cert.pem
gpg --homedir . --batch -q --passphrase secret --pinentry-mode loopback -c -o "$out/symmetric.gpg" needle.txt
