//! Names that generated code, its imports or the compiler use already.

/// Tells if no type of the document may be called so: the prelude, what files of types import, and type parameters.
pub fn is_taken_type(name: &str) -> bool {
    is_parameter(name) || TYPES.contains(&name) || PRELUDE.contains(&name) || INPUTS.contains(&name)
}

/// Tells if no type of the project's own document may be called so, because openai-ext has a type of this name.
pub fn is_taken_by_sdk(name: &str) -> bool {
    OF_THE_SDK.contains(&name)
}

/// Tells if no handle or call in a file of a resource may be called so.
pub fn is_taken_call(name: &str) -> bool {
    is_parameter(name) || CALLS.contains(&name) || PRELUDE.contains(&name) || INPUTS.contains(&name)
}

/// Tells if no module may be called so: crates, primitive types, what files import, and files that a disk cannot have.
pub fn is_taken_module(name: &str) -> bool {
    MODULES.contains(&name) || is_device(name)
}

/// Tells if no Cargo feature may be called so.
pub fn is_taken_feature(name: &str) -> bool {
    ["default", "full", "blocking"].contains(&name)
}

/// Tells if no resource at the root may have a method of this name: the client has it.
pub fn is_taken_root(name: &str) -> bool {
    ["new", "from_env", "builder", "with_options", "clone"].contains(&name)
}

/// A type parameter, as `K`, `K1` or `T`.
fn is_parameter(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_uppercase()) && chars.all(|c| c.is_ascii_digit())
}

/// Names that Windows keeps for devices, whatever their extension.
fn is_device(name: &str) -> bool {
    let numbered =
        |word: &str| name.strip_prefix(word).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    ["con", "prn", "aux", "nul"].contains(&name) || numbered("com") || numbered("lpt")
}

const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

const INPUTS: &[&str] = &[
    "Extra",
    "InputError",
    "InputFile",
    "IntoField",
    "IntoList",
    "IntoMap",
    "IntoNumber",
    "IntoOptional",
    "IntoOptionalList",
    "IntoOptionalMap",
    "IntoToolCallId",
    "ListUnion",
    "Map",
    "Plan",
    "Value",
];

const TYPES: &[&str] = &["Extend", "List"];

/// Types of openai-ext, whose users have those of the document beside them.
const OF_THE_SDK: &[&str] = &["Message", "Client", "Error", "Call", "Page", "Stream"];

const CALLS: &[&str] = &[
    "BodyKind",
    "Bytes",
    "Call",
    "ChoiceProgress",
    "Client",
    "Done",
    "Duration",
    "Endpoint",
    "ListPage",
    "NoBody",
    "Operation",
    "Origin",
    "Pages",
    "Paging",
    "Pollable",
    "Poller",
    "Polling",
    "Polls",
    "Request",
    "Security",
    "States",
    "StreamedEvent",
    "Streams",
];

const MODULES: &[&str] = &[
    "alloc",
    "bool",
    "char",
    "core",
    "f16",
    "f32",
    "f64",
    "f128",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "mod",
    "openai_runtime",
    "resources",
    "std",
    "str",
    "types",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
];
