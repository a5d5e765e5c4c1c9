//! The calls of `client.batches()` that run requests.

use std::path::PathBuf;

use futures_core::Stream;

use super::builder::{BatchRun, Iterated};
use super::request::{BatchOutput, BatchRequest};
use crate::request::Operation;
use crate::resources::batches::Batches;

/// The output of a request's operation.
type Output<R> = <<R as BatchRequest>::Operation as Operation>::Output;

/// Words of `client.batches()` that run requests.
pub trait BatchRunExt {
    /// Runs requests of one operation through the Batch API, within a day and for less than single calls cost.
    ///
    /// ```no_run
    /// # #[cfg(feature = "embeddings")]
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use openai_ext::prelude::*;
    ///
    /// let embeddings = client.embeddings();
    /// let requests = ["one", "two"].map(|text| (text, embeddings.create("text-embedding-3-small", text)));
    /// for result in client.batches().run(requests).collect().await? {
    ///     println!("{}: {:?}", result.custom_id, result.result?.data[0].vector());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// They are builders, as of `chat().completions().create(…)`, or their bodies, alone or in a pair with a custom id, or
    /// [`BatchItem`](super::BatchItem)s. Options of a builder that are not in its body, as headers, are an error. Requests without a custom id
    /// get `request-{index}`.
    ///
    /// # Errors
    /// The stream of results ends with them. Before anything is sent: a request that can't be sent or is larger than a file
    /// may be, two that have the same custom id, none at all, options that don't fit, a file that can't be written. Then those
    /// of the calls that upload, create and look, once they failed several times or can't succeed.
    fn run<R: BatchRequest>(
        &self,
        requests: impl IntoIterator<Item = R, IntoIter: Send + 'static>,
    ) -> BatchRun<Output<R>>;

    /// As [`run`](Self::run), with requests that come as a `Stream`.
    fn run_stream<R: BatchRequest>(&self, requests: impl Stream<Item = R> + Send + 'static) -> BatchRun<Output<R>>;

    /// Goes on with a run that has its state in this file, after its process ended in any way. All results are given, also
    /// those that were before.
    ///
    /// ```no_run
    /// # #[cfg(feature = "chat")]
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::ChatCompletion;
    ///
    /// let results = client.batches().resume::<ChatCompletion>("numbers.json").collect().await?;
    /// # drop(results);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A request that was under way when the process ended is not sent again before the server's lists were searched for what
    /// it may have made, over the [lookup window](BatchRun::with_lookup_window). If the process ended while results were
    /// cleaned up, that is done, and nothing is given.
    ///
    /// # Errors
    /// The stream of results ends with them: no run there, one of another operation, a state file that is damaged, one that
    /// another process works on, or one that stopped before all requests were written, which are to be given again then.
    fn resume<T: BatchOutput>(&self, path: impl Into<PathBuf>) -> BatchRun<T>;

    /// Goes on with the run that has its state in this file; if there is none, or it stopped before all its requests were
    /// written, starts one with these requests.
    ///
    /// # Errors
    /// As [`run`](Self::run) and [`resume`](Self::resume).
    fn run_or_resume<R: BatchRequest>(
        &self,
        path: impl Into<PathBuf>,
        requests: impl IntoIterator<Item = R, IntoIter: Send + 'static>,
    ) -> BatchRun<Output<R>>;
}

impl BatchRunExt for Batches {
    fn run<R: BatchRequest>(
        &self,
        requests: impl IntoIterator<Item = R, IntoIter: Send + 'static>,
    ) -> BatchRun<Output<R>> {
        self.run_stream(Iterated(requests.into_iter()))
    }

    fn run_stream<R: BatchRequest>(&self, requests: impl Stream<Item = R> + Send + 'static) -> BatchRun<Output<R>> {
        BatchRun::new(&self.client, requests)
    }

    fn resume<T: BatchOutput>(&self, path: impl Into<PathBuf>) -> BatchRun<T> {
        BatchRun::resumed(&self.client, path.into())
    }

    fn run_or_resume<R: BatchRequest>(
        &self,
        path: impl Into<PathBuf>,
        requests: impl IntoIterator<Item = R, IntoIter: Send + 'static>,
    ) -> BatchRun<Output<R>> {
        self.run(requests).or_resumed(path.into())
    }
}
