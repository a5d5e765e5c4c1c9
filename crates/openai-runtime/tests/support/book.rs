//! Events of a stream by the rules of the standard, written as plainly as can be. The fuzz target has this file too.

/// Name, data and id of an event.
pub type Event = (Vec<u8>, Vec<u8>, Vec<u8>);

/// All events of a stream; what its end cuts off is dropped.
pub fn by_the_book(bytes: &[u8]) -> Vec<Event> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut events = Vec::new();
    let (mut name, mut data, mut id) = (Vec::new(), None::<Vec<u8>>, Vec::new());
    for line in lines(bytes) {
        if line.is_empty() {
            if let Some(data) = data.take() {
                events.push((std::mem::take(&mut name), data, id.clone()));
            }
            name.clear();
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => match &mut data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => data = Some(value.to_vec()),
            },
            b"event" => name = value.to_vec(),
            b"id" if !value.contains(&0) => id = value.to_vec(),
            _ => {}
        }
    }
    events
}

/// Lines that have their end.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let end = at;
        at += 1;
        match bytes[end] {
            b'\r' => at += usize::from(bytes.get(at) == Some(&b'\n')),
            b'\n' => {}
            _ => continue,
        }
        lines.push(&bytes[start..end]);
        start = at;
    }
    lines
}
