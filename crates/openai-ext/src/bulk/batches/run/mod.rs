//! The steps of a run: a part is uploaded, made a batch, waited for, downloaded and delivered.

mod cleanup;
mod creation;
mod deliver;
mod drive;
mod listing;
mod part;
mod status;
mod twins;
mod work;

pub(super) use drive::run;
