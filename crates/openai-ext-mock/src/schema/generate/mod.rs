//! Makes values that fit a schema, the same ones for the same seed.

mod generator;
mod hints;
mod ids;
mod merge;
mod object_values;
mod scalars;
mod unfit;

pub(crate) use generator::Generator;
pub(crate) use hints::Hints;
pub(crate) use ids::{prefix, time};
pub(crate) use merge::is_nullable;
