//! The SSE decoder: a table of framings, the recorded cases, any chunking, the limit, linear time.

use std::path::Path;
use std::time::{Duration, Instant};

use openai_runtime::json::Value;
use openai_runtime::sse::Decoder;

type Events = Vec<(String, String, String)>;

/// The events of a text that comes in chunks of `size` bytes.
fn decode(text: &[u8], size: usize) -> Events {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for chunk in text.chunks(size.max(1)) {
        decoder.push(chunk);
        while let Some(event) = decoder.next_event().unwrap() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            events.push((text(event.name), text(event.data), text(event.id)));
        }
    }
    events
}

fn check(text: &str, expected: &[(&str, &str)]) {
    for size in 1..=text.len().max(1) {
        let events = decode(text.as_bytes(), size);
        let events: Vec<_> = events.iter().map(|(name, data, _)| (&**name, &**data)).collect();
        assert_eq!(events, expected, "{text:?} in chunks of {size}");
    }
}

#[test]
fn framing() {
    check("data: a\n\n", &[("", "a")]);
    check("data: a\r\n\r\n", &[("", "a")]);
    check("data: a\r\r", &[("", "a")]);
    check("data: a\n\r\ndata: b\r\n\n", &[("", "a"), ("", "b")]);
    check("data: a\r\r\ndata: b\r\r\n", &[("", "a"), ("", "b")]);
    check("\u{feff}data: a\n\n", &[("", "a")]);
    check("data: \u{feff}a\n\n", &[("", "\u{feff}a")]);
    check("event: e\ndata: a\n\ndata: b\n\n", &[("e", "a"), ("", "b")]);
    check("data: a\ndata:b\ndata\ndata:  c\n\n", &[("", "a\nb\n\n c")]);
    check(": comment\n\n:\n\nretry: 3000\n\nevent: x\n\nid: 7\n\ndata: a\n\n", &[("", "a")]);
    check("data:\n\n", &[("", "")]);
    check("data: {\"a\":\ndata: 1}\n\n\n\n", &[("", "{\"a\":\n1}")]);
    check("datax: a\n data: b\ndata : c\n\n", &[]);
    check("data: a:b: c\n\n", &[("", "a:b: c")]);
    check("data: a\u{2028}b\u{85}c\n\n", &[("", "a\u{2028}b\u{85}c")]);
    check("data: известни\n\n", &[("", "известни")]);
    // What the end cuts off is dropped.
    check("data: a\n", &[]);
    check("data: a\r", &[]);
    check("data: a", &[]);
    check("data: a\n\ndata: b", &[("", "a")]);
    check("", &[]);
}

#[test]
fn ids_stay_until_the_next_one() {
    let events = decode(b"id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n", 3);
    let ids: Vec<_> = events.iter().map(|(_, _, id)| &**id).collect();
    assert_eq!(ids, ["1", "1", "1", ""]);
}

#[test]
fn an_event_that_is_cut_off_can_be_told() {
    for (text, inside) in [("data: a\n\n", false), ("data: a\n", true), ("dat", true), (": c\n", false), ("", false)] {
        let mut decoder = Decoder::new();
        decoder.push(text.as_bytes());
        while decoder.next_event().unwrap().is_some() {}
        assert_eq!(decoder.is_inside_event(), inside, "{text:?}");
    }
}

#[test]
fn an_event_is_limited_also_without_an_end_of_line() {
    for text in ["data: aaaaaaaaaaaaaaaaaaaa", "data: aaaaaaaa\ndata: aaaaaaaa\n", "event: aaaaaaaaaaaaaaaaaaaa\n"] {
        let mut decoder = Decoder::with_limit(16);
        decoder.push(text.as_bytes());
        assert_eq!(decoder.next_event().unwrap_err().limit, 16, "{text:?}");
    }
    let mut decoder = Decoder::with_limit(16);
    for _ in 0..100 {
        decoder.push(b"data: abc\n\n: a comment longer than that\n");
        assert!(decoder.next_event().unwrap().is_some());
        assert!(decoder.next_event().unwrap().is_none());
    }
}

#[test]
fn time_is_linear_in_the_bytes() {
    let time = |size: usize, chunk: usize| {
        let text = format!("data: {}\n\n", "a".repeat(size));
        let start = thread_time();
        assert_eq!(decode(text.as_bytes(), chunk).len(), 1);
        (thread_time() - start).as_secs_f64()
    };
    // 16 times the bytes; a quadratic decoder would take 256 times as long. A machine that does something else meanwhile
    // does so for one of the two, but not each time.
    let is_linear = |_| time(1 << 22, 64) < time(1 << 18, 64) * 100.0;
    assert!((0..20).any(is_linear), "4 MiB took more than 100 times as long as 256 KiB, twenty times");
}

/// How long this thread has run, where the system tells; elsewhere the time that passed, in which others run too.
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// The framing cases of the official SDKs' tests, where they are: shared/streams beside the project.
#[test]
fn recorded_framings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let mut count = 0;
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let Some(case) = name.strip_suffix(".sse") else { continue };
        let Ok(expected) = std::fs::read(folder.join(format!("{case}.python.json"))) else { continue };
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let Some(expected) = expected["sse"].as_array() else { continue };
        // Python also gives events without data, which ours drops; `data:` alone is data, if empty.
        let text = std::fs::read(entry.path()).unwrap();
        let field = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let expected: Vec<_> = expected
            .iter()
            .map(|event| (field(event, "event"), field(event, "data")))
            .filter(|(_, data)| !data.is_empty() || case.contains("rejectsemptydata"))
            .collect();
        for size in [1, 7, 4096, text.len()] {
            let events = decode(&text, size).into_iter().map(|(name, data, _)| (name, data)).collect::<Vec<_>>();
            assert_eq!(events, expected, "{case} in chunks of {size}");
        }
        count += 1;
    }
    eprintln!("{count} recorded framings");
    assert!(count > 40);
}
