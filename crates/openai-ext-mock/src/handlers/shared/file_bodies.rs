//! Operations that answer with a file.

use bytes::Bytes;

use crate::call::Call;
use crate::wire::Reply;

/// A small file of the kind that is asked for; the audio and the archive are well-formed.
pub(crate) fn file(call: &Call<'_>) -> Reply {
    let (content_type, body) = match call.operation.key() {
        ("POST", "/audio/speech") => speech(call.field("response_format").as_str().unwrap_or("mp3")),
        ("GET", "/videos/{video_id}/content") => match call.query("variant") {
            Some("thumbnail") => ("image/webp", Bytes::from_static(b"RIFF\x04\0\0\0WEBP")),
            Some("spritesheet") => ("image/jpeg", Bytes::from_static(b"\xff\xd8\xff\xd9")),
            _ => ("video/mp4", Bytes::from_static(b"\0\0\0\x14ftypisom\0\0\x02\0isom\0\0\0\x08mdat")),
        },
        _ => match call.operation.response.other.as_deref() {
            Some("application/zip") => ("application/zip", Bytes::from_static(EMPTY_ZIP)),
            Some("audio/wav") => speech("wav"),
            _ => ("application/octet-stream", Bytes::from_static(b"This is a file of the OpenAI mock.\n")),
        },
    };
    Reply::bytes(call.operation.response.status, content_type, body)
}

/// Half a second of silence where the format is simple enough to write, else bytes that stand for it.
fn speech(format: &str) -> (&'static str, Bytes) {
    const SAMPLES: usize = 12_000;
    match format {
        "wav" => ("audio/wav", wav(SAMPLES)),
        "pcm" => ("audio/pcm", Bytes::from(vec![0; SAMPLES * 2])),
        "opus" => ("audio/opus", Bytes::from_static(b"OggS\0\x02")),
        "aac" => ("audio/aac", Bytes::from_static(b"\xff\xf1\x50\x80\x01\x1f\xfc")),
        "flac" => ("audio/flac", Bytes::from_static(b"fLaC\x80\0\0\0")),
        _ => ("audio/mpeg", Bytes::from(silent_mp3_frame().repeat(20))),
    }
}

/// MPEG-1 layer III, 128 kbit/s, 44.1 kHz: a frame of zeros decodes to silence.
fn silent_mp3_frame() -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x90, 0x00];
    frame.resize(417, 0);
    frame
}

/// 16 bits, one channel, 24 kHz, as the API's `wav` and `pcm` are.
fn wav(samples: usize) -> Bytes {
    let length = u32::try_from(samples * 2).unwrap_or(0);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(24_000_u32.to_le_bytes());
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(length.to_le_bytes());
    bytes.resize(bytes.len() + samples * 2, 0);
    Bytes::from(bytes)
}

/// The end-of-directory record, which is all that an archive without files has.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
