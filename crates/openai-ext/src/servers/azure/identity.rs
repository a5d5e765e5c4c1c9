//! Credentials of the Azure SDK, as those of `azure_identity`.

use std::sync::Arc;

use openai_runtime::AccessToken;

use super::config::AzureConfig;
use super::credential::{Credential, Fetch, Tokens, failed};

impl AzureConfig {
    /// A credential of the Azure SDK, as `DeveloperToolsCredential` or `ManagedIdentityCredential` of the crate
    /// azure_identity. Tokens are kept as those of [`cached_token_provider`](Self::cached_token_provider).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use openai_ext::azure::AzureConfig;
    /// # fn example(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> openai_ext::Result<()> {
    /// // let credential = azure_identity::ManagedIdentityCredential::new(None)?;
    /// let client = AzureConfig::new("https://my-resource.openai.azure.com").credential(credential).v1().client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn credential(self, credential: Arc<dyn azure_core::credentials::TokenCredential>) -> Self {
        self.set_credential("credential", Credential::Cached(Tokens::of_credential(credential)))
    }

    /// Sets the scope of the [`credential`](Self::credential)'s tokens: `https://cognitiveservices.azure.com/.default`
    /// by default; `https://cognitiveservices.azure.us/.default` in Azure Government,
    /// `https://cognitiveservices.azure.cn/.default` in China.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.options().scope = Some(scope.into());
        self
    }
}

impl Tokens {
    #[inline]
    fn of_credential(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> Self {
        let fetch: Fetch = Arc::new(move |asked| {
            let credential = credential.clone();
            Box::pin(async move {
                let token = credential.get_token(&[&asked.scope], None).await.map_err(|error| failed(error.into()))?;
                let ends = std::time::SystemTime::from(token.expires_on);
                let life = ends.duration_since(asked.now).unwrap_or_default();
                Ok(AccessToken::new(token.token.secret(), life))
            })
        });
        Self { fetch, cache: Arc::default() }
    }
}
