//! Polls of an object, and the steps that it takes for them.

/// Counts how often an object was looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polls(u32);

/// More steps than any object has.
const ALL_STEPS: u32 = 16;

impl Polls {
    /// Counts a look, and tells how many steps the object takes before it is shown.
    pub(crate) fn count(&mut self, per_step: u32) -> u32 {
        if per_step == 0 {
            return ALL_STEPS;
        }
        self.0 += 1;
        if self.0 < per_step {
            return 0;
        }
        self.0 = 0;
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_as_many_polls_as_were_asked_for() {
        let steps = |per_step| {
            let mut polls = Polls::default();
            (0..5).map(|_| polls.count(per_step)).collect::<Vec<_>>()
        };
        assert_eq!(steps(1), [1; 5]);
        assert_eq!(steps(2), [0, 1, 0, 1, 0]);
        assert_eq!(steps(0), [ALL_STEPS; 5]);
    }
}
