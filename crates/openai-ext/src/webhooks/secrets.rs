//! The secrets that webhooks are verified with.

use openai_runtime::Secret;

use crate::types::WebhookEndpointWithSecretResource;

/// Secrets of webhooks: one, a list or an iterator of several, or an endpoint as `create` and `rotate_secret` return it. The
/// parameter is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no secret of a webhook, and no list of secrets",
    label = "expected `whsec_…` as a `&str`, `String` or `Secret`, or a list of such secrets"
)]
pub trait IntoSecrets<Form> {
    /// Returns the secrets.
    fn into_secrets(self) -> Vec<Secret>;
}

/// The forms of secrets, which tell the implementations apart.
mod form {
    /// One secret.
    pub enum One {}
    /// A list.
    pub enum Several {}
    /// That of an endpoint.
    pub enum Issued {}
}

#[diagnostic::do_not_recommend]
impl<S: Into<Secret>> IntoSecrets<form::One> for S {
    fn into_secrets(self) -> Vec<Secret> {
        vec![self.into()]
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: Into<Secret>>> IntoSecrets<form::Several> for I {
    fn into_secrets(self) -> Vec<Secret> {
        self.into_iter().map(Into::into).collect()
    }
}

#[diagnostic::do_not_recommend]
impl IntoSecrets<form::Issued> for &WebhookEndpointWithSecretResource {
    fn into_secrets(self) -> Vec<Secret> {
        vec![Secret::from(self.signing_secret.as_str())]
    }
}
