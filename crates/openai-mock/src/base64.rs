//! Base64 as the API uses it: standard alphabet, padded.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |index: usize| group.get(index).copied().unwrap_or(0);
        let bits = u32::from_be_bytes([0, at(0), at(1), at(2)]);
        for position in 0..4_usize {
            let sextet = (bits >> (18 - 6 * position)) & 63;
            text.push(if position <= group.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    text
}

/// How many bytes a text stands for; none if it is not base64. What they are is of no use to a mock.
#[cfg(feature = "realtime")]
pub(crate) fn decoded_length(text: &str) -> Option<usize> {
    let data = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let is_base64 = data.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    (is_base64 && text.len().is_multiple_of(4)).then_some(data.len() * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_that_of_the_standard() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob~~", "Zm9vYn5+")] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
    }

    #[cfg(feature = "realtime")]
    #[test]
    fn lengths_are_those_of_the_bytes() {
        for length in 0..10 {
            assert_eq!(decoded_length(&encode(&vec![7; length])), Some(length));
        }
        for wrong in ["a", "ab", "abc", "a===", "a b=", "äää="] {
            assert_eq!(decoded_length(wrong), None, "{wrong}");
        }
    }
}
