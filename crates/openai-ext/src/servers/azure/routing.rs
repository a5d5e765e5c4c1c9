//! The target of requests on Azure: the path, the version in the query.

use openai_runtime::{Error, ErrorKind, ProviderRequest, Result};

/// The operations that run a model, and so belong to a deployment.
pub(super) const OF_DEPLOYMENTS: [&str; 8] = [
    "/completions",
    "/chat/completions",
    "/embeddings",
    "/audio/transcriptions",
    "/audio/translations",
    "/audio/speech",
    "/images/generations",
    "/images/edits",
];

/// The target of requests.
pub(super) struct Route {
    pub(super) base: String,
    /// Sent with each request; none in the mode without versions.
    pub(super) version: Option<String>,
    pub(super) deployment: Option<String>,
}

impl Route {
    #[inline]
    pub(super) fn apply(&self, request: &mut ProviderRequest) -> Result<()> {
        let Some(version) = &self.version else { return Ok(()) };
        if request.query("api-version").is_none() {
            request.set_query("api-version", version);
        }
        if self.base.contains("/deployments/") {
            return Ok(());
        }
        if request.path_template() == "/realtime" {
            // The deployment takes the place of the model.
            if let Some(deployment) = self.deployment.clone().or_else(|| request.query("model")) {
                request.remove_query("model");
                request.set_query("deployment", &deployment);
            }
        } else if request.method() == http::Method::POST && OF_DEPLOYMENTS.contains(&request.path_template()) {
            let deployment = self.deployment.as_deref().or(request.model()).map(str::trim).unwrap_or_default();
            if deployment.is_empty() {
                let path = request.path_template();
                return Err(Error::new(
                    ErrorKind::InvalidRequest,
                    format!("Azure: {path} needs a deployment: name it as the `model` of the call, or by `deployment`"),
                ));
            }
            let deployment = deployment.to_owned();
            request.prefix_path(&["deployments", &deployment])?;
        }
        Ok(())
    }
}
