//! Made-up text: ids with the prefixes of the API, names, addresses, dates.

use crate::schema::rng::Rng;

/// 2026-01-01; every time that the mock makes up is in the hundred days after it.
const EPOCH: u64 = 1_767_225_600;

/// The prefix of an id by what it is the id of: the `object` or `type` field of its object, or the name of a field.
const PREFIXES: [(&str, &str); 60] = [
    ("admin_api_key", "key_"),
    ("apply_patch_call", "apc_"),
    ("assistant", "asst_"),
    ("batch", "batch_"),
    ("call", "call_"),
    ("chat.completion", "chatcmpl-"),
    ("chatkit.session", "cksess_"),
    ("chatkit.thread", "cthr_"),
    ("checkpoint.permission", "cp_"),
    ("code_interpreter_call", "ci_"),
    ("compaction", "cmp_"),
    ("computer_call", "cu_"),
    ("container", "cntr_"),
    ("container.file", "cfile_"),
    ("container_file", "cfile_"),
    ("conversation", "conv_"),
    ("custom_tool_call", "ctc_"),
    ("eval", "eval_"),
    ("eval.run", "evalrun_"),
    ("eval.run.output_item", "outputitem_"),
    ("file", "file-"),
    ("file_search_call", "fs_"),
    ("fine_tuning.job", "ftjob-"),
    ("fine_tuning.job.checkpoint", "ftckpt_"),
    ("fine_tuning.job.event", "ftevent-"),
    ("function_call", "fc_"),
    ("function_call_output", "fco_"),
    ("group", "group_"),
    ("image_generation_call", "ig_"),
    ("input_file", "file-"),
    ("invite", "invite-"),
    ("local_shell_call", "lsh_"),
    ("mcp_approval_request", "mcpr_"),
    ("mcp_call", "mcp_"),
    ("mcp_list_tools", "mcpl_"),
    ("message", "msg_"),
    ("organization", "org-"),
    ("organization.project", "proj_"),
    ("organization.user", "user-"),
    ("output_file", "file-"),
    ("part", "part_"),
    ("project", "proj_"),
    ("reasoning", "rs_"),
    ("response", "resp_"),
    ("run", "run_"),
    ("shell_call", "sh_"),
    ("skill", "skill_"),
    ("text_completion", "cmpl-"),
    ("thread", "thread_"),
    ("thread.message", "msg_"),
    ("thread.run", "run_"),
    ("thread.run.step", "step_"),
    ("tool_call", "call_"),
    ("upload", "upload_"),
    ("upload.part", "part_"),
    ("user", "user-"),
    ("vector_store", "vs_"),
    ("vector_store.file", "file-"),
    ("vector_store.file_batch", "vsfb_"),
    ("web_search_call", "ws_"),
];

/// One white pixel, as PNG.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBAEKDGDxXAAAAABJRU5ErkJggg==";

/// Fields that are free text for the document, but not for the API.
const PLAIN: [(&str, &str); 12] = [
    ("arguments", "{}"),
    ("audio", "AAAAAAAAAAAAAAAA"),
    ("b64_json", PIXEL),
    ("completion_window", "24h"),
    ("endpoint", "/v1/chat/completions"),
    ("image", PIXEL),
    ("model", "gpt-5.5"),
    ("partial_image_b64", PIXEL),
    ("result", PIXEL),
    ("seconds", "4"),
    ("status", "active"),
    ("voice", "alloy"),
];

/// A time of the mock's.
pub(crate) fn time(rng: &mut Rng) -> u64 {
    EPOCH + rng.below(100 * 86_400)
}

/// Exact: the numbers that are made up here are far below 2^52.
#[allow(clippy::cast_precision_loss)]
pub(super) fn to_float(number: u64) -> f64 {
    number as f64
}

/// A text for a field by its name and by what is around it.
pub(super) fn text(name: &str, kind: &str, rng: &mut Rng) -> String {
    if let Ok(index) = PLAIN.binary_search_by(|(known, _)| (*known).cmp(name)) {
        return PLAIN[index].1.to_owned();
    }
    match name {
        // The names of models are their ids; this is what a fine-tuned one looks like.
        "id" if kind == "model" => format!("ft:gpt-5.5:openai-ext-mock::{}", rng.hex(8)),
        "id" => rng.id(&prefix(kind)),
        "object" => snake(kind),
        "name" | "title" | "display_name" => format!("{} {}", word(rng), word(rng)),
        "filename" => format!("{}.txt", word(rng)),
        "path" => format!("/mnt/data/{}.txt", word(rng)),
        "email" | "owner_email" => format!("{}@example.com", word(rng)),
        "system_fingerprint" => format!("fp_{}", rng.hex(10)),
        "value" if kind.ends_with("api_key") => format!("sk-mock-{}", rng.hex(24)),
        "client_secret" => rng.id("ek_"),
        "result_file" | "training_file" | "validation_file" => rng.id("file-"),
        _ if name.ends_with("url") => format!("https://example.com/{}", word(rng)),
        _ if name.ends_with("sha256") => rng.hex(64),
        _ if name.ends_with("md5") => rng.hex(32),
        _ => match name.strip_suffix("_id") {
            Some(of) => rng.id(&prefix(of)),
            None => format!("{} {} {}", word(rng), word(rng), word(rng)),
        },
    }
}

/// A text of a format that a schema names.
pub(super) fn formatted(format: &str, name: &str, rng: &mut Rng) -> String {
    let (hour, minute) = (rng.below(24), rng.below(60));
    match format {
        "uri" | "url" => format!("https://example.com/{}", word(rng)),
        "date" => format!("2026-01-{:02}", 1 + rng.below(28)),
        "date-time" => format!("2026-01-{:02}T{hour:02}:{minute:02}:00Z", 1 + rng.below(28)),
        "time" => format!("{hour:02}:{minute:02}:00Z"),
        "duration" => format!("PT{}M", 1 + minute),
        "email" => format!("{}@example.com", word(rng)),
        "hostname" => format!("{}.example.com", word(rng)),
        "ipv4" => format!("192.0.2.{}", 1 + rng.below(254)),
        "ipv6" => format!("2001:db8::{}", rng.hex(4)),
        "uuid" => {
            let part = |rng: &mut Rng, length| rng.hex(length);
            format!("{}-{}-4{}-8{}-{}", part(rng, 8), part(rng, 4), part(rng, 3), part(rng, 3), part(rng, 12))
        }
        _ => text(name, "", rng),
    }
}

/// The prefix of the ids of one kind of object; made from its name if the table does not have it.
pub(crate) fn prefix(kind: &str) -> String {
    let kind = if kind.contains('.') { kind } else { &snake(kind) };
    let known = PREFIXES.binary_search_by(|(known, _)| (*known).cmp(kind)).map(|index| PREFIXES[index].1);
    known.map_or_else(
        |_| match snake(kind.rsplit('.').next().unwrap_or(kind)) {
            name if name.is_empty() => "id_".to_owned(),
            name => name + "_",
        },
        str::to_owned,
    )
}

/// The name of a schema as the API writes it: `ContainerResource` is a `container`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars().filter(|c| c.is_ascii_alphanumeric() || "_.".contains(*c)) {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    let bare = snake.strip_suffix("_resource").or(snake.strip_suffix("_object"));
    bare.map_or(snake.clone(), str::to_owned)
}

fn word(rng: &mut Rng) -> &'static str {
    const WORDS: [&str; 16] = [
        "amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper", "kelp",
        "lagoon", "maple", "nectar", "onyx", "pebble",
    ];
    WORDS[rng.index(WORDS.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_prefixes_are_found() {
        assert!(PREFIXES.is_sorted() && PLAIN.is_sorted());
        assert_eq!(prefix("thread.message"), "msg_");
        assert_eq!(prefix("organization.spend_limit"), "spend_limit_");
        assert_eq!(prefix("VideoCharacter"), "video_character_");
        assert_eq!(prefix("container"), "cntr_");
        assert_eq!(prefix(""), "id_");
        assert_eq!(snake("ContainerResource"), "container");
    }
}
