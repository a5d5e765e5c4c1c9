//! A call of an operation as a handler sees it, and the forms in which it is answered or refused.

pub(crate) mod objects;
mod operation_call;
pub(crate) mod presentation;
mod refusal;
pub(crate) mod request_check;

pub(crate) use operation_call::{Call, echo};
pub(crate) use refusal::{HandlerAnswer, Outcome, Refusal};
