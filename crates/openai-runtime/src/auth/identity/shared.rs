//! The token of a workload identity, which clients made of one another share.

use std::sync::Arc;

use super::options::WorkloadIdentity;
use super::token_exchange::TokenExchange;
use crate::auth::token_cache::{AccessToken, TokenCache, TokenLease};
use crate::error::Result;
use crate::io::clock::Clock;
use crate::io::transport::{BoxFuture, Transport};

/// The parts of the client that an exchange of tokens needs.
pub(crate) struct TokenContext<'a> {
    pub(crate) transport: &'a Arc<dyn Transport>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) max_retries: u32,
}

/// A workload identity with its token, shared by clients.
#[derive(Debug)]
pub(crate) struct SharedIdentity {
    options: WorkloadIdentity,
    cache: TokenCache,
    /// By a pointer that is made here alone, so that a program without an identity has no code of the exchange.
    run: fn(TokenExchange) -> BoxFuture<Result<AccessToken>>,
}

impl SharedIdentity {
    #[inline]
    pub(crate) fn new(options: WorkloadIdentity) -> Self {
        let cache = TokenCache::new().refresh_buffer(options.refresh_buffer);
        Self { options, cache, run: |exchange| Box::pin(exchange.run()) }
    }

    #[inline]
    pub(crate) fn options(&self) -> &WorkloadIdentity {
        &self.options
    }

    /// A token to send, from the last exchange or a new one.
    #[inline]
    pub(crate) async fn token(&self, context: &TokenContext<'_>) -> Result<TokenLease> {
        // The exchange holds nothing of the cache, which holds the exchange.
        let exchange = || {
            (self.run)(TokenExchange {
                identity: self.options.clone(),
                transport: context.transport.clone(),
                clock: context.clock.clone(),
                max_retries: context.max_retries,
            })
        };
        self.cache.token(&**context.clock, exchange).await
    }

    /// Drops a token that the API refused, unless there is a newer one.
    #[inline]
    pub(crate) fn refuse(&self, refused: &TokenLease) {
        self.cache.refuse(refused);
    }
}
