//! The lines of the same ten programs in three SDKs: ours compile, and are few.

#![allow(dead_code, reason = "the programs are compiled and not run here: each would be one more binary to link")]

#[path = "openai-ext/batch.rs"]
mod batch;
#[path = "openai-ext/chat_loop.rs"]
mod chat_loop;
#[path = "openai-ext/embeddings.rs"]
mod embeddings;
#[path = "openai-ext/file_search.rs"]
mod file_search;
#[path = "openai-ext/hello.rs"]
mod hello;
#[path = "openai-ext/image.rs"]
mod image;
#[path = "openai-ext/proxy.rs"]
mod proxy;
#[path = "openai-ext/stream.rs"]
mod stream;
#[path = "openai-ext/structured.rs"]
mod structured;
#[path = "openai-ext/tool_loop.rs"]
mod tool_loop;

use std::error::Error;

use acceptance::lines;

/// The most lines that a program may have for each line of it in Python.
const MOST: f64 = 1.2;

#[test]
fn ours_are_at_most_a_fifth_more_than_python() -> Result<(), Box<dyn Error>> {
    let all = lines::count_all()?;
    assert_eq!(all.len(), 10);
    for line in &all {
        assert!(line.python > 0 && line.async_openai > 0, "{line:?}");
        assert!(lines::ratio(line.ours, line.python) <= MOST, "{line:?}");
        assert!(line.ours < line.async_openai, "{line:?}");
    }
    Ok(())
}

#[test]
fn the_table_is_that_of_the_programs() -> Result<(), Box<dyn Error>> {
    let table = lines::table(&lines::count_all()?);
    let document = std::fs::read_to_string(lines::document())?;
    assert!(document.contains(&table), "run `cargo run -p acceptance --bin lines -- --write`");
    Ok(())
}

#[test]
fn a_line_counts_unless_it_is_blank_or_a_comment() {
    assert_eq!(lines::count("//! A program.\n\nuse a;\n\n// Why.\nfn main() {\n    b(); // c\n}\n", "//"), 4);
    assert_eq!(lines::count("# A program.\n\nimport a\n\n\na.b(\n    c,  # d\n)\n", "#"), 4);
}
