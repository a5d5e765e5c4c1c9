//! Progenitor's client with our types: that it compiles shows that each of them is there, and is what it is used for.
#![allow(clippy::all, unused, unused_comparisons)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
