//! The weather of a simulation.

use super::random::Random;

/// The temper of the network and the server for the whole of a simulation.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Requests in a thousand that go wrong.
    pub faults: u64,
    /// Bodies in a thousand that go wrong.
    pub broken_bodies: u64,
    /// Requests in a thousand that arrive although the client is gone.
    pub held: u64,
    /// The longest way to the server, in milliseconds.
    pub delay: u64,
    /// Bad answers in a thousand that repeat the key.
    pub echoes: u64,
    /// Sockets end soon after they are opened, each time.
    pub closes_sockets: bool,
}

impl Weather {
    /// Draws the weather of a simulation.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        Self {
            faults: random.pick([0, 50, 150, 300, 500]),
            broken_bodies: random.pick([0, 50, 200, 400]),
            held: random.pick([0, 500, 1000]),
            delay: random.pick([1, 20, 300, 3000]),
            echoes: random.pick([0, 300, 1000]),
            closes_sockets: random.chance(100),
        }
    }

    /// Lets nothing more go wrong.
    pub fn clear(&mut self) {
        (self.faults, self.broken_bodies) = (0, 0);
    }
}
