//! The things that all work has, and the checks that are the same for all.

use std::path::PathBuf;
use std::sync::Arc;

use openai_ext::{Client, Error};

use crate::simulation::random::Random;
use crate::simulation::world::World;

/// The things that a piece of work has.
pub(crate) struct Worker {
    pub(crate) world: Arc<World>,
    pub(crate) client: Client,
    pub(crate) random: Random,
    /// Names the work, and no other of the simulation.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Worker {
    /// Checks how a call ended that was to be sent at most `1 + retries` times, and gives its value.
    pub(super) fn settle<T>(&self, call: &str, retries: u32, ended: Result<T, Error>) -> Option<T> {
        let world = &self.world;
        world.serve_due();
        let (sent, carried) = (world.sent(call), world.state().server.carried(call));
        if sent > 1 + u64::from(retries) {
            world.problem(format!("{call} was sent {sent} times, and may be sent again {retries} times"));
        }
        match ended {
            Ok(value) => {
                if carried == 0 {
                    world.problem(format!("{call} succeeded, and was never carried out"));
                }
                world.count("calls that succeeded");
                world.note(&format!("{call} succeeded"));
                Some(value)
            }
            Err(error) => {
                world.check_error(call, &error);
                if u64::from(error.attempts()) != sent {
                    let told = error.attempts();
                    world.problem(format!("{call} was sent {sent} times, and its error tells of {told} | {error:?}"));
                }
                None
            }
        }
    }

    /// Checks that a value is what the server made.
    pub(super) fn check_value(&self, what: &str, value: &[u8], expected: &[u8]) {
        if value != expected {
            let (value, expected) = (String::from_utf8_lossy(value), String::from_utf8_lossy(expected));
            let shown = |text: &str| text.chars().take(200).collect::<String>();
            self.world.problem(format!(
                "{what} is not what the server made | {:?} of {} bytes in place of {:?} of {}",
                shown(&value),
                value.len(),
                shown(&expected),
                expected.len()
            ));
        }
    }
}
