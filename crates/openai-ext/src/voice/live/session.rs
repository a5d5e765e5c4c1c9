//! The sessions that a connection can start.

use openai_runtime::input::{Given, IntoField};

use crate::types::{LiveSessionCreateParams, ModelIdsLive};

/// The settings of a Live session: [`LiveSessionCreateParams`], the same as JSON, or the name of a model alone. The parameter
/// is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no Live session",
    label = "expected a `LiveSessionCreateParams`, `json!({{…}})` of one, or the name of a model"
)]
pub trait IntoLiveSession<Form> {
    /// Returns the settings, or the reason why they do not fit.
    fn into_session(self) -> Given<LiveSessionCreateParams>;
}

/// The forms of sessions, which tell the implementations apart.
mod form {
    use std::marker::PhantomData;

    /// Settings, in a form of their own.
    pub struct SettingsForm<Form>(PhantomData<Form>);
    /// A model.
    pub enum Model {}
}

#[diagnostic::do_not_recommend]
impl<F, S: IntoField<LiveSessionCreateParams, F>> IntoLiveSession<form::SettingsForm<F>> for S {
    fn into_session(self) -> Given<LiveSessionCreateParams> {
        self.into_field()
    }
}

macro_rules! model {
    ($($model:ty),*) => {
        $(#[diagnostic::do_not_recommend]
        impl IntoLiveSession<form::Model> for $model {
            fn into_session(self) -> Given<LiveSessionCreateParams> {
                Ok(LiveSessionCreateParams::new(self))
            }
        })*
    };
}

model!(&str, String, &String, ModelIdsLive);
