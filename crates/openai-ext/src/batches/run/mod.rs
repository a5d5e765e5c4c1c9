//! The steps of a run: a part is uploaded, made a batch, waited for, downloaded and delivered.

mod cleanup;
mod deliver;
mod drive;
mod part;
mod work;

pub(super) use drive::run;
