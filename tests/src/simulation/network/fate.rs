//! The fate of a request and its answer, as the seed decides.

use std::fmt;
use std::time::Duration;

use crate::simulation::random::Random;
use crate::simulation::server::{Answer, ServerRequest};
use crate::simulation::world::World;

/// The number of times that a request is carried out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Carried {
    Not,
    Once,
    Twice,
    /// Once, this much later, when the client has been told something else.
    Late(Duration),
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum AnswerFate {
    /// The server's own.
    Good,
    /// There was no connection.
    Refused,
    /// The connection broke.
    Lost,
    /// Nothing, until the client gives up.
    Silence,
    /// An error with this status.
    Status(u16),
    /// A success that is a page of a proxy.
    Page,
    /// A success without a body.
    Empty,
    /// A success that says `error`.
    Reported,
    /// A success that is no whole JSON.
    Broken,
}

impl AnswerFate {
    /// Returns `true` for a success that is none, and does not say so.
    fn is_strange(self) -> bool {
        matches!(self, Self::Page | Self::Empty | Self::Broken)
    }
}

/// The way in which a body goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFate {
    Whole,
    /// The connection breaks after this many thousandths of it.
    Cut(u64),
    /// It ends there as if it were whole.
    End(u64),
    /// Nothing more comes after that.
    Stall(u64),
    /// After that, a little comes now and then, without an end.
    Drip(u64),
    /// It has no end.
    Flood,
    /// It is packed, and has no end.
    Bomb,
}

/// The fate of one request.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    pub(super) carried: Carried,
    pub(super) outcome: AnswerFate,
    pub(super) body: BodyFate,
    pub(super) there: Duration,
    pub(super) back: Duration,
    pub(super) is_held: bool,
    pub(super) echoes: bool,
    pub(super) retry_after: Option<(&'static str, u64)>,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = if self.is_held { " held" } else { "" };
        write!(f, "{:?} {:?} {:?}{held}", self.carried, self.outcome, self.body)
    }
}

impl World {
    /// Decides the fate of a request by its number.
    pub(super) fn fate(&self, number: u64, request: &ServerRequest) -> Fate {
        let weather = self.state().weather.clone();
        let mut random = self.random_of(number);
        let milliseconds = |random: &mut Random| Duration::from_millis(1 + random.below(weather.delay));
        let (there, back) = (milliseconds(&mut random), milliseconds(&mut random));
        let mut fate = Fate {
            carried: Carried::Once,
            outcome: AnswerFate::Good,
            body: BodyFate::Whole,
            there,
            back,
            is_held: random.chance(weather.held),
            echoes: false,
            retry_after: None,
        };
        if random.chance(weather.faults) {
            (fate.carried, fate.outcome) = wrong(&mut random, request.is_safe());
            // Any bytes may be a file.
            if request.path.ends_with("/content") && fate.outcome.is_strange() {
                fate.outcome = AnswerFate::Lost;
            }
            fate.echoes = fate.outcome != AnswerFate::Good && random.chance(weather.echoes);
            fate.retry_after = random.pick([
                None,
                None,
                Some(("retry-after-ms", 700)),
                Some(("retry-after", 2)),
                Some(("retry-after-ms", 1)),
                Some(("retry-after", 99_999_999)),
            ]);
            // Nor can a report that goes on and on be told from a file.
            if random.chance(60) && !(request.path.ends_with("/content") && fate.outcome == AnswerFate::Reported) {
                fate.body = BodyFate::Flood;
            }
        } else if random.chance(weather.broken_bodies) {
            let at = random.below(1001);
            fate.body = match random.below(12) {
                0..3 => BodyFate::Cut(at),
                3..6 => BodyFate::End(at),
                6..8 => BodyFate::Stall(at),
                8 | 9 => BodyFate::Drip(at),
                10 => BodyFate::Flood,
                _ => BodyFate::Bomb,
            };
        }
        fate
    }
}

fn wrong(random: &mut Random, is_safe: bool) -> (Carried, AnswerFate) {
    let late = Duration::from_millis(random.pick([5, 900, 8_000, 45_000]));
    let carried = match random.below(10) {
        0 if !is_safe => Carried::Twice,
        1 | 2 => Carried::Late(late),
        3..6 => Carried::Not,
        _ => Carried::Once,
    };
    let status = random.pick([500, 502, 503, 504, 408, 409]);
    let outcome = match (carried, random.below(10)) {
        (Carried::Twice, _) => AnswerFate::Good,
        (Carried::Not, 0 | 1) => AnswerFate::Refused,
        (Carried::Not, 2 | 3) => AnswerFate::Status(429),
        (Carried::Not, 4) => AnswerFate::Status(random.pick([400, 401, 403, 422])),
        (_, 0..3) => AnswerFate::Status(status),
        (_, 3 | 4) => AnswerFate::Lost,
        (_, 5) => AnswerFate::Silence,
        (_, 6) => AnswerFate::Page,
        (_, 7) => AnswerFate::Empty,
        (_, 8) => AnswerFate::Reported,
        _ => AnswerFate::Broken,
    };
    (carried, outcome)
}

impl Fate {
    /// The answer that a fault gives in place of the server's.
    pub(super) fn bad_answer(&self, key: &str) -> Option<Answer> {
        let said = if self.echoes { format!("It does not work with {key}.") } else { "It does not work.".to_owned() };
        let error = || serde_json::json!({"error": {"message": said, "type": said, "code": null, "param": null}});
        let mut answer = match self.outcome {
            AnswerFate::Status(status) if self.there.as_millis().is_multiple_of(3) => {
                Answer::text(status, "text/html", said)
            }
            AnswerFate::Status(status) => Answer::json(status, &error()),
            AnswerFate::Page => Answer::text(200, "text/html", format!("<html>{said}</html>")),
            AnswerFate::Empty => Answer::text(200, "application/json", String::new()),
            AnswerFate::Reported => Answer::json(200, &error()),
            AnswerFate::Broken => Answer::text(200, "application/json", format!("{{\"id\": \"{said}")),
            _ => return None,
        };
        if let Some((name, value)) = self.retry_after.filter(|_| answer.status >= 400) {
            answer.headers.push((name, value.to_string()));
        }
        Some(answer)
    }
}
