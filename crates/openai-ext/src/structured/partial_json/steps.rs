//! The count of what was looked at, for tests of the cost.

#[cfg(test)]
thread_local! {
    /// The bytes and tokens that were looked at.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

pub(super) fn count(_steps: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + _steps));
}
