// Command ocr is an inspector that reads the text in pictures, and in PDF files
// whose pages are pictures, with tesseract.
//
// It runs tesseract, and pdftoppm for PDF, as processes of their own with
// limits, one page after the other. What it had no time or room for is said:
// the part stays read in part.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&inspector{}) }
