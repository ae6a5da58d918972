#include "textflag.h"

// What a byte is follows from its two halves: a bit of byHigh says which high
// half a rectangle of the ASCII table has, the same bit of byLow which low
// halves. Bytes beyond ASCII have their own mask.
//
//	0x01  digits             3x, 0-9
//	0x02  letters A-O, a-o   4x 6x, 1-F
//	0x04  letters P-Z, p-z   5x 7x, 0-A
//	0x08  underscore         5x, F
//	0x10  ! to +             2x, 1-B
//	0x20  : to ?             3x, A-F
//	0x40  @ to _             4x 5x, 0-F
//	0x80  { to DEL           7x, B-F
DATA byHigh<>+0(SB)/8, $0x84024C4221100000
DATA byHigh<>+8(SB)/8, $0x0000000000000000
GLOBL byHigh<>(SB), RODATA|NOPTR, $16

DATA byLow<>+0(SB)/8, $0x5757575757575745
DATA byLow<>+8(SB)/8, $0xEAE2E2E2F2765757
GLOBL byLow<>(SB), RODATA|NOPTR, $16

DATA half<>+0(SB)/8, $0x0F0F0F0F0F0F0F0F
GLOBL half<>(SB), RODATA|NOPTR, $8

// MARK puts the masks of the 32 bytes in Y0 into the low halves of d, o, w
// and h. Y8 byHigh, Y9 byLow, Y10 0x0F, Y11 0xF0, Y12 zeros. The table look-up
// gives zero where the top bit of the byte is set.
#define MARK(d, o, w, h) \
	VPMOVMSKB Y0, h        \
	VPSRLW    $4, Y0, Y1   \
	VPAND     Y10, Y1, Y1  \
	VPSHUFB   Y1, Y8, Y1   \
	VPSHUFB   Y0, Y9, Y2   \
	VPAND     Y2, Y1, Y1   \
	VPSLLW    $7, Y1, Y2   \
	VPMOVMSKB Y2, d        \
	VPAND     Y10, Y1, Y2  \
	VPCMPEQB  Y12, Y2, Y2  \
	VPMOVMSKB Y2, w        \
	NOTL      w            \
	ORL       h, w         \
	VPAND     Y11, Y1, Y2  \
	VPCMPEQB  Y12, Y2, Y2  \
	VPMOVMSKB Y2, o        \
	NOTL      o

// func markAVX2(text *byte, n int, digit, odd, word, high *uint64)
TEXT ·markAVX2(SB), NOSPLIT, $0-48
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ digit+16(FP), R8
	MOVQ odd+24(FP), R9
	MOVQ word+32(FP), R10
	MOVQ high+40(FP), R11

	VBROADCASTI128 byHigh<>(SB), Y8
	VBROADCASTI128 byLow<>(SB), Y9
	VPBROADCASTQ   half<>(SB), Y10
	VPSLLW         $4, Y10, Y11
	VPXOR          Y12, Y12, Y12

block:
	VMOVDQU (SI), Y0
	MARK(AX, BX, DX, DI)
	MOVL    AX, (R8)
	MOVL    BX, (R9)
	MOVL    DX, (R10)
	MOVL    DI, (R11)
	VMOVDQU 32(SI), Y0
	MARK(AX, BX, DX, DI)
	MOVL    AX, 4(R8)
	MOVL    BX, 4(R9)
	MOVL    DX, 4(R10)
	MOVL    DI, 4(R11)
	ADDQ    $64, SI
	ADDQ    $8, R8
	ADDQ    $8, R9
	ADDQ    $8, R10
	ADDQ    $8, R11
	DECQ    CX
	JNZ     block
	VZEROUPPER
	RET

// For plainAVX2, likewise.
//
//	0x01  ASCII from 0x10 on     0x02  ASCII before it, but NUL
//	0x04  bytes that follow      80 to BF
//	0x08  leading bytes          C3 to CB, CE, CF
//	0x10  leading bytes          D0 to D5
DATA plainHigh<>+0(SB)/8, $0x0101010101010102
DATA plainHigh<>+8(SB)/8, $0x0000100804040404
GLOBL plainHigh<>(SB), RODATA|NOPTR, $16

DATA plainLow<>+0(SB)/8, $0x0F0F1F1F1F171715
DATA plainLow<>+8(SB)/8, $0x0F0F07070F0F0F0F
GLOBL plainLow<>(SB), RODATA|NOPTR, $16

// func plainAVX2(text *byte, n int) int
TEXT ·plainAVX2(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	XORQ AX, AX // blocks that are plain
	XORL R8, R8 // 1 where the last byte began a character

	VBROADCASTI128 plainHigh<>(SB), Y8
	VBROADCASTI128 plainLow<>(SB), Y9
	VPBROADCASTQ   half<>(SB), Y10
	VPXOR          Y12, Y12, Y12
	VPCMPEQB       Y13, Y13, Y13
	VPSRLW         $11, Y13, Y13   // 0x001F
	VPSLLW         $3, Y13, Y13    // 0x00F8
	VPSLLW         $8, Y13, Y14
	VPOR           Y14, Y13, Y13   // 0xF8F8: leading bytes, and bits that none has

next:
	VMOVDQU   (SI), Y0
	VPMOVMSKB Y0, DX
	MOVL      DX, DI
	ORL       R8, DI
	JNZ       foreign
	VPCMPEQB  Y12, Y0, Y1
	VPMOVMSKB Y1, DX
	TESTL     DX, DX
	JNZ       done
	JMP       plain

foreign:
	VPSRLW    $4, Y0, Y1
	VPAND     Y10, Y1, Y1
	VPSHUFB   Y1, Y8, Y1
	VPAND     Y10, Y0, Y2
	VPSHUFB   Y2, Y9, Y2
	VPAND     Y2, Y1, Y1
	VPCMPEQB  Y12, Y1, Y2
	VPMOVMSKB Y2, DX      // no plain byte
	TESTL     DX, DX
	JNZ       done
	VPSLLW    $5, Y1, Y2
	VPMOVMSKB Y2, DI      // following
	VPAND     Y13, Y1, Y2
	VPCMPEQB  Y12, Y2, Y2
	VPMOVMSKB Y2, DX
	NOTL      DX          // leading
	LEAL      (R8)(DX*2), R9
	CMPL      R9, DI
	JNE       done
	SHRL      $31, DX
	MOVL      DX, R8

plain:
	ADDQ $32, SI
	INCQ AX
	CMPQ AX, CX
	JNE  next

done:
	VZEROUPPER
	SHLQ $5, AX
	SUBQ R8, AX
	MOVQ AX, ret+16(FP)
	RET
