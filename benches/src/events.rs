//! The events that are measured, as the API sends them.

pub const EVENTS: usize = 20_000;

/// Deltas of a response's text; with the padding that hides their lengths, which the document does not have.
pub fn deltas(padded: bool) -> Vec<String> {
    (0..EVENTS)
        .map(|index| {
            format!(
                "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":{index},\
                 \"item_id\":\"msg_0123456789abcdef0123456789abcdef\",\"output_index\":0,\"content_index\":0,\
                 \"delta\":\" word{index}\",\"logprobs\":[]{}}}\n\n",
                if padded { ",\"obfuscation\":\"kT9vQ2xYz\"" } else { "" }
            )
        })
        .collect()
}

/// Chunks of a chat completion.
pub fn chunks() -> Vec<String> {
    (0..EVENTS)
        .map(|index| {
            format!(
                "data: {{\"id\":\"chatcmpl-0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
                 \"model\":\"gpt-5.5\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0123456789\",\
                 \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{index}\"}},\"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
            )
        })
        .collect()
}
