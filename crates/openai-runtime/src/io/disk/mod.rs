//! Work on files: on a thread for blocking work, and an error in a browser, which has no files by path.

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(target_family = "wasm")]
pub use self::browser::on_disk;
#[cfg(target_family = "wasm")]
pub(crate) use self::browser::unsupported;
#[cfg(not(target_family = "wasm"))]
pub use self::native::on_disk;
