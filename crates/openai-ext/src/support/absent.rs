//! The features that a browser cannot have. Each is an error of the compiler, so that no program finds out when it runs.

#[cfg(feature = "azure-identity")]
compile_error!(
    "the feature `azure-identity` of openai-ext cannot be had on wasm32: the credentials of the Azure SDK are those of a server. \
     Give `Azure` a token by `token_provider`."
);
#[cfg(feature = "batches")]
compile_error!(
    "the feature `batches` of openai-ext (also a part of `full`) cannot be had on wasm32: its runs keep their state in files. \
     List the areas that the page needs instead, and run batches on a server."
);
#[cfg(feature = "blocking")]
compile_error!(
    "the feature `blocking` of openai-ext cannot be had on wasm32: a browser has no thread that could wait. Await the calls \
     instead."
);
#[cfg(feature = "live")]
compile_error!(
    "the feature `live` of openai-ext (also a part of `full`) cannot be had on wasm32: a browser's WebSockets carry no header \
     for the key. List the areas that the page needs instead, and let a page speak over WebRTC to a session of a server."
);
#[cfg(feature = "realtime")]
compile_error!(
    "the feature `realtime` of openai-ext (also a part of `full`) cannot be had on wasm32: a browser's WebSockets carry no header \
     for the key. List the areas that the page needs instead, and connect from a server."
);
#[cfg(all(feature = "websocket", not(any(feature = "live", feature = "realtime"))))]
compile_error!(
    "the feature `websocket` of openai-ext cannot be had on wasm32: a browser's WebSockets carry no header for the key. Stream \
     by HTTP, or connect from a server."
);
