//! The same without the tracing crate.

#[cfg(feature = "tools")]
use openai_runtime::Redactor;

use openai_runtime::Client;
use openai_runtime::transport::BoxFuture;

use crate::Result;

#[derive(Clone, Default)]
pub(crate) struct NoSpan(());

impl NoSpan {
    #[cfg(feature = "tools")]
    #[inline]
    pub(crate) fn tool_run(_: &Client) -> Self {
        Self(())
    }

    #[cfg(feature = "tools")]
    #[inline]
    pub(crate) fn tool(_: Option<&str>, _: &str, _: &Redactor) -> Self {
        Self(())
    }

    #[cfg(all(feature = "batches", feature = "files"))]
    #[inline]
    pub(crate) fn batch_run(_: &Client) -> Self {
        Self(())
    }

    pub(crate) async fn enclose<T>(self, future: BoxFuture<Result<T>>) -> Result<T> {
        future.await
    }

    #[cfg(feature = "tools")]
    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    #[cfg(feature = "tools")]
    #[inline]
    pub(crate) fn failed(&self, _: &str) {}
}
