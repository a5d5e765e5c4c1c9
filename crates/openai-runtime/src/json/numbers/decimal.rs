//! Decimal numbers of a JSON text, by their digits.
//!
//! Nearly all numbers with a fraction have few enough digits to be converted here in a few steps, with the same result as
//! the parser of the standard library. The rest is left to that parser.

/// A number as it stands in a text: `mantissa` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
pub(in crate::json) struct Decimal {
    mantissa: u64,
    exponent: i32,
    is_negative: bool,
    /// It has neither a fraction nor an exponent.
    is_whole: bool,
    /// The bytes that it takes.
    pub(super) length: usize,
}

/// The powers of ten that an `f64` holds exactly.
#[rustfmt::skip]
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];

const WHOLE_TENS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The powers of five that 63 bits hold.
const FIVES: [u64; 28] = {
    let mut fives = [1; 28];
    let mut at = 1;
    while at < fives.len() {
        fives[at] = fives[at - 1] * 5;
        at += 1;
    }
    fives
};

/// Up to here every whole number is an `f64` of its own.
const EXACT: u64 = 1 << 53;

impl Decimal {
    /// Scans the number at the beginning of a text. Returns `None` for what is not a number by JSON's grammar, and for what
    /// has too many digits.
    #[inline]
    pub(super) fn scan(text: &[u8]) -> Option<Self> {
        let is_negative = text.first() == Some(&b'-');
        let start = usize::from(is_negative);
        let mut mantissa = 0;
        let point = if text.get(start) == Some(&b'0') { start + 1 } else { digits(text, start, &mut mantissa)? };
        if point == start {
            return None;
        }
        let mut length = point;
        let mut exponent = 0;
        if text.get(point) == Some(&b'.') {
            length = digits(text, point + 1, &mut mantissa)?;
            if length == point + 1 {
                return None;
            }
            exponent = -i32::try_from(length - point - 1).ok()?;
        }
        if let Some(b'e' | b'E') = text.get(length) {
            let sign = text.get(length + 1).filter(|byte| matches!(byte, b'+' | b'-'));
            let from = length + 1 + usize::from(sign.is_some());
            let mut power = 0;
            let end = digits(text, from, &mut power)?;
            if end == from || power > 400 {
                return None;
            }
            exponent += if sign == Some(&b'-') { -(power as i32) } else { power as i32 };
            length = end;
        }
        if let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = text.get(length) {
            return None;
        }
        Some(Self { mantissa, exponent, is_negative, is_whole: length == point, length })
    }

    /// Returns the nearest `f64`; `None` if that takes more than a few steps.
    #[inline]
    pub(super) fn nearest(&self) -> Option<f64> {
        let tens = TENS.get(self.exponent.unsigned_abs() as usize);
        let size = match tens {
            // Both are exact, so that the result is rounded once.
            Some(tens) if self.mantissa <= EXACT && self.exponent < 0 => self.mantissa as f64 / tens,
            Some(tens) if self.mantissa <= EXACT => self.mantissa as f64 * tens,
            _ => self.divided()?,
        };
        Some(if self.is_negative { -size } else { size })
    }

    /// Returns the mantissa divided by the power of ten, rounded once: by the power of five in whole numbers, and by that of
    /// two exactly.
    fn divided(&self) -> Option<f64> {
        let power = usize::try_from(self.exponent.checked_neg()?).ok()?;
        let five = FIVES.get(power).filter(|_| self.mantissa != 0)?;
        let (up, down) = (self.mantissa.leading_zeros(), five.leading_zeros());
        let divisor = u128::from(five << down);
        let dividend = u128::from(self.mantissa << up) << 63;
        let (quotient, rest) = ((dividend / divisor) as u64, dividend % divisor);
        // The quotient has at least 62 bits, so that its last bit can stand for all that follows.
        let rounded = (quotient | u64::from(rest != 0)) as f64;
        let two = 1023 - 63 + i64::from(down) - i64::from(up) - power as i64;
        Some(rounded * f64::from_bits((two as u64) << 52))
    }

    /// Tells if it has neither a fraction nor an exponent.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Tells if this is a whole number that the float does not hold.
    #[inline]
    pub(in crate::json) fn is_cut(&self, float: f64) -> bool {
        self.is_whole && self.mantissa > EXACT && float.abs() as u128 != u128::from(self.mantissa)
    }

    /// Tells if this surely is the number that the shortest digits of a float stand for: no other with fewer digits lies
    /// within half a step of the float, and none with as many digits is nearer. `false` where it would be a near thing.
    #[inline]
    pub(in crate::json) fn is_shortest_of(&self, float: f32) -> bool {
        const MOST: u64 = 1_000_000_000;
        let (mut mantissa, mut exponent) = (self.mantissa, self.exponent);
        let mut last = mantissa % 10;
        if mantissa == 0 {
            return float == 0.0;
        }
        while last == 0 {
            mantissa /= 10;
            exponent += 1;
            last = mantissa % 10;
        }
        let Some(tens) = TENS.get(exponent.unsigned_abs() as usize) else { return false };
        // The float below a power of two is nearer than the one above.
        let is_plain = float.is_normal() && float.to_bits() << 9 != 0;
        if mantissa >= MOST || !is_plain || float.is_sign_negative() != self.is_negative {
            return false;
        }
        // In units of the last digit. A product of two exact numbers below 2^30 is off by less than 2^-22.
        let scaled = |number: f64| if exponent < 0 { number * tens } else { number / tens };
        let at = scaled(f64::from(float.abs()));
        // Half of the distance to the next float.
        let half = scaled(f64::from_bits(u64::from((float.to_bits() >> 23) & 0xff) + 1023 - 127 - 24 << 52));
        let (this, last) = (mantissa as f64, last as f64);
        let (down, off) = (at - (this - last), (at - this).abs());
        let beyond = half * 1.000_001 + 1e-6;
        off < 0.499_999 && off + 1e-6 < half * 0.999_999 && down > beyond && 10.0 - down > beyond
    }
}

/// Reads digits from `at` on, behind those of `number`; returns the place behind them. `None` if they are too many.
#[inline]
fn digits(text: &[u8], mut at: usize, number: &mut u64) -> Option<usize> {
    while let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let (count, value) = leading_digits(*eight);
        *number = number.checked_mul(WHOLE_TENS[count])?.checked_add(value)?;
        at += count;
        if count < 8 {
            return Some(at);
        }
    }
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        *number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        at += 1;
    }
    Some(at)
}

/// Returns how many of eight bytes are digits, up to the first that is none, and the number that those are.
#[inline]
fn leading_digits(text: [u8; 8]) -> (usize, u64) {
    let word = u64::from_le_bytes(text) ^ u64::from_ne_bytes([b'0'; 8]);
    // Adding to what is more than 9 sets the top bit. A carry goes to the bytes behind, which do not count.
    let others = (word.wrapping_add(u64::from_ne_bytes([0x76; 8])) | word) & u64::from_ne_bytes([0x80; 8]);
    let count = others.trailing_zeros() as usize / 8;
    if count == 0 {
        return (0, 0);
    }
    let word = word << (64 - 8 * count);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    (count, fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence without a pattern.
    fn random() -> impl FnMut() -> u64 {
        let mut state = 88_172_645_463_325_252_u64;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        }
    }

    fn check(text: &str) -> bool {
        let expected: f64 = text.parse().unwrap();
        let decimal = Decimal::scan(text.as_bytes());
        let Some(decimal) = decimal else { return false };
        assert_eq!(decimal.length, text.len(), "{text}");
        if let Some(nearest) = decimal.nearest() {
            assert_eq!(nearest.to_bits(), expected.to_bits(), "{text}");
        }
        let float = expected as f32;
        if decimal.is_shortest_of(float) {
            assert_eq!(float.to_string().parse::<f64>().unwrap().to_bits(), expected.to_bits(), "{text}");
        }
        decimal.is_shortest_of(float)
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        let mut next = random();
        for _ in 0..40_000 {
            let (a, b) = (next(), next());
            let digits = a % 10_u64.pow((b % 19) as u32 + 1);
            let point = (b >> 8) % 24;
            check(&format!("{digits}"));
            check(&format!("-{digits}e-{point}"));
            check(&format!("{digits}E+{point}"));
            check(&format!("0.{digits:0width$}", width = point as usize));
            check(&format!("{}.{digits}", b >> 40));
            // Floats, and what lies halfway between two.
            let float = f64::from_bits(a);
            if float.is_finite() && (1e-12..1e18).contains(&float.abs()) {
                check(&float.to_string());
                check(&(float as f32).to_string());
                check(&f64::from(float as f32).to_string());
                let halfway = (f64::from(float as f32) + f64::from((float as f32).next_up())) / 2.0;
                check(&halfway.to_string());
            }
        }
        for text in
            ["0", "-0", "-0.0", "0.000", "9007199254740993", "9007199254740992.5", "1e22", "1e23", "5e-324", "2.5"]
        {
            check(text);
        }
    }

    #[test]
    fn the_shortest_digits_are_known_as_such() {
        let mut next = random();
        let (mut known, mut all) = (0, 0);
        for _ in 0..40_000 {
            let bits = next();
            let float = f32::from_bits(bits as u32);
            if float.is_normal() && (1e-9..1e9).contains(&float.abs()) {
                all += 1;
                known += usize::from(check(&float.to_string()));
                // One digit off at the end, cut, or with one more.
                let text = format!("{}", f64::from(float));
                let dot = text.find('.').unwrap_or(text.len());
                for cut in dot + 2..text.len() {
                    check(&text[..cut]);
                }
            }
        }
        assert!(known * 100 > all * 95, "{known} of {all}");
    }

    #[test]
    fn what_is_no_number_is_left_alone() {
        for text in
            ["", "-", "01", "1.", ".5", "1.e3", "1e", "1e+", "--1", "1.2.3", "1-2", "+1", "00.5", "NaN", "1e999", "0x1"]
        {
            let decimal = Decimal::scan(text.as_bytes());
            assert!(decimal.is_none_or(|decimal| decimal.length < text.len()), "{text}");
        }
        for text in ["123456789012345678901", "0.12345678901234567890123"] {
            assert!(Decimal::scan(text.as_bytes()).is_none(), "{text}");
        }
    }
}
