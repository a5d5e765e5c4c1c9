//! Random numbers of the platform, for backoff, boundaries and names of temporary files. No secret is made of them.

/// Returns random bits without a crate for them: each `RandomState` is seeded anew.
#[cfg(not(target_family = "wasm"))]
pub fn random_bits() -> u64 {
    use std::collections::hash_map::RandomState;
    use std::hash::{BuildHasher, Hasher};

    RandomState::new().build_hasher().finish()
}

/// Returns random bits of the browser, because `RandomState` always has the same seed there.
#[cfg(target_family = "wasm")]
pub fn random_bits() -> u64 {
    // Each number has 52 random bits, of which the upper 32 are taken.
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    u64::from(half()) << 32 | u64::from(half())
}
