//! The requests that can be run in a batch, their operations and outputs.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use openai_runtime::json::{self, Json, JsonKind, ReadError, Reader};

use crate::request::{Operation, Request};
use crate::{Result, Value};

/// An operation that the Batch API runs: those at the paths of [`BatchEndpoint`](crate::types::BatchEndpoint).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no operation that the Batch API runs",
    note = "it runs chat completions, responses, embeddings, completions, moderations, images and videos; the area's \
            Cargo feature of openai-ext must be on"
)]
pub trait BatchOperation: Operation<Output: BatchOutput> {}

/// An output of a request in a batch, which names the operation when a run continues:
/// `resume::<ChatCompletion>(path)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of an operation that the Batch API runs",
    note = "the area's Cargo feature of openai-ext must be on"
)]
pub trait BatchOutput: Json + Default + Send + 'static {
    /// The paths that answer this, as `/v1/chat/completions`.
    const ENDPOINTS: &'static [&'static str];
}

/// A request for a run: a call's builder, a body made before, a [`BatchItem`], or a pair of a custom id and one of
/// these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no request that the Batch API runs",
    note = "give builders as `client.chat().completions().create(…)`, their bodies, `BatchItem`s, or `(custom_id, \
            request)`; the area's Cargo feature of openai-ext must be on"
)]
pub trait BatchRequest {
    /// The operation that is called.
    type Operation: BatchOperation;

    /// The request as an item of a run.
    fn into_item(self) -> BatchItem<Self::Operation>;
}

/// A request of a run, with the custom id by which its result is known.
///
/// ```no_run
/// use openai_ext::BatchItem;
/// use openai_ext::prelude::*;
///
/// # fn example(client: &Client) {
/// # #[cfg(feature = "chat")]
/// let item = BatchItem::new(client.chat().completions().create("gpt-5.5", [Message::user("Hello")])).custom_id("greeting");
/// # }
/// ```
pub struct BatchItem<O: BatchOperation> {
    custom_id: Option<String>,
    body: Result<Bytes>,
    operation: PhantomData<fn() -> O>,
}

/// A request as it goes into a file, whatever its type.
pub(super) struct EncodedRequest {
    pub(super) custom_id: Option<String>,
    pub(super) body: Result<Bytes>,
}

impl<O: BatchOperation> BatchItem<O> {
    /// A request; it keeps its custom id if it has one.
    pub fn new(request: impl BatchRequest<Operation = O>) -> Self {
        request.into_item()
    }

    /// A request with a body of any JSON, as for image edits and videos, whose own types are forms.
    #[must_use]
    pub fn from_json(body: &Value) -> Self {
        Self::of(Ok(json::to_vec(body).into()))
    }

    /// Sets the id by which the result is known; each request of a run has another. Without one it is
    /// `request-{index}`.
    #[must_use]
    pub fn custom_id(mut self, custom_id: impl Into<String>) -> Self {
        self.custom_id = Some(custom_id.into());
        self
    }

    pub(super) fn encoded(self) -> EncodedRequest {
        EncodedRequest { custom_id: self.custom_id, body: self.body }
    }

    fn of(body: Result<Bytes>) -> Self {
        Self { custom_id: None, body, operation: PhantomData }
    }
}

impl<O: BatchOperation> fmt::Debug for BatchItem<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = O::ENDPOINT.id;
        f.debug_struct("BatchItem")
            .field("operation", &operation)
            .field("custom_id", &self.custom_id)
            .finish_non_exhaustive()
    }
}

impl<O: BatchOperation> BatchRequest for BatchItem<O> {
    type Operation = O;

    fn into_item(self) -> Self {
        self
    }
}

impl<O: BatchOperation> BatchRequest for Request<O> {
    type Operation = O;

    fn into_item(self) -> BatchItem<O> {
        BatchItem::of(self.into_call().json_body())
    }
}

impl<I: Into<String>, R: BatchRequest> BatchRequest for (I, R) {
    type Operation = R::Operation;

    fn into_item(self) -> BatchItem<R::Operation> {
        self.1.into_item().custom_id(self.0)
    }
}

/// Returns the URL of an operation in a batch.
pub(super) fn url<O: Operation>() -> String {
    format!("/v1{}", O::ENDPOINT.path)
}

/// Most inputs that the embeddings of a batch may have together.
pub(super) const MOST_INPUTS: u64 = 50_000;

/// Returns the number of inputs that a request counts for, of which a batch may have [`MOST_INPUTS`]: only embeddings
/// have several.
#[inline]
pub(super) fn inputs(url: &str, body: &[u8]) -> u64 {
    if url != "/v1/embeddings" {
        return 1;
    }
    // What is no such object is for the server to refuse.
    count_inputs(body).unwrap_or(1)
}

#[inline]
fn count_inputs(body: &[u8]) -> Result<u64, ReadError> {
    let mut reader = Reader::new(body)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        if key != "input" || reader.kind()? != JsonKind::Array {
            reader.skip()?;
            continue;
        }
        let (mut count, mut first) = (0, true);
        reader.begin_array()?;
        while reader.next_item(std::mem::take(&mut first))? {
            // A list of numbers is one input of tokens.
            if reader.kind()? == JsonKind::Number {
                return Ok(1);
            }
            reader.skip()?;
            count += 1;
        }
        return Ok(count);
    }
    Ok(1)
}

/// An area's operations and bodies.
macro_rules! runs {
    ($($feature:literal: $operation:path $(, $body:ident)?;)*) => {
        $(
            #[cfg(feature = $feature)]
            impl BatchOperation for $operation {}

            $(
                #[cfg(feature = $feature)]
                impl BatchRequest for crate::types::$body {
                    type Operation = $operation;

                    #[inline]
                    fn into_item(self) -> BatchItem<$operation> {
                        BatchItem::of(Ok(json::to_vec(&self).into()))
                    }
                }
            )?
        )*
    };
}

runs! {
    "chat": crate::resources::chat::completions::CreateOperation, ChatCompletionCreateParams;
    "responses": crate::resources::responses::CreateOperation, ResponseCreateParams;
    "embeddings": crate::resources::embeddings::CreateOperation, EmbeddingCreateParams;
    "completions": crate::resources::completions::CreateOperation, CompletionCreateParams;
    "moderations": crate::resources::moderations::CreateOperation, ModerationCreateParams;
    "images": crate::resources::images::GenerateOperation, ImageGenerateParams;
    "images": crate::resources::images::EditOperation;
    "videos": crate::resources::videos::CreateOperation;
}

/// Implements the traits for the outputs of an area's operations.
macro_rules! answers {
    ($($feature:literal: $output:ident [$($url:literal),*];)*) => {
        $(
            #[cfg(feature = $feature)]
            impl BatchOutput for crate::types::$output {
                const ENDPOINTS: &'static [&'static str] = &[$($url),*];
            }
        )*
    };
}

answers! {
    "chat": ChatCompletion ["/v1/chat/completions"];
    "responses": Response ["/v1/responses"];
    "embeddings": CreateEmbeddingResponse ["/v1/embeddings"];
    "completions": Completion ["/v1/completions"];
    "moderations": ModerationCreateResponse ["/v1/moderations"];
    "images": ImagesResponse ["/v1/images/generations", "/v1/images/edits"];
    "videos": Video ["/v1/videos"];
}

#[cfg(test)]
mod tests {
    use super::inputs;

    #[test]
    fn embeddings_count_their_inputs() {
        for (body, count) in [
            (r#"{"model": "m", "input": "one"}"#, 1),
            (r#"{"model": "m", "input": ["one", "two", "three"]}"#, 3),
            (r#"{"input": [1, 2, 3]}"#, 1),
            (r#"{"input": [[1, 2], [3]]}"#, 2),
            (r#"{"input": []}"#, 0),
            ("no JSON", 1),
        ] {
            assert_eq!(inputs("/v1/embeddings", body.as_bytes()), count, "{body}");
            assert_eq!(inputs("/v1/chat/completions", body.as_bytes()), 1);
        }
    }
}
