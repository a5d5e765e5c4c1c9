//! Images that are streamed: previews, and what they come to.
//!
//! Requires the feature `images`.

use std::collections::VecDeque;

use bytes::Bytes;
use openai_runtime::json::{Extra, Json, Value};
use openai_runtime::{Error, ErrorKind, EventStream, Result, json, object};

use super::encoding::decode;
use crate::resources::images::{Edit, Generate};
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, carries_no_error, connection};
use crate::types::{Image, ImageEditStreamEvent, ImageGenStreamEvent, ImagesResponse};

/// No image has as many previews: what has a new index past them is left out.
const MAX_PREVIEWS: usize = 1024;

/// The previews and the answer that the events of an image add up to; the answer is the same as without a stream.
///
/// ```
/// use openai_ext::images::ImageAccumulator;
/// use openai_ext::types::ImageGenStreamEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut image = ImageAccumulator::default();
/// for line in [
///     r#"{"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "QUI="}"#,
///     r#"{"type": "image_generation.completed", "b64_json": "QUJD", "output_format": "png"}"#,
/// ] {
///     image.push(&serde_json::from_str::<ImageGenStreamEvent>(line)?)?;
/// }
/// assert_eq!(&image.partial_images()[0].bytes()?[..], b"AB");
/// assert_eq!(image.images().map(|images| images.data.iter().flatten().count()), Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ImageAccumulator {
    partial_images: Vec<PartialImage>,
    images: Option<ImagesResponse>,
    extra: Extra,
}

object!(ImageAccumulator, [F("partial_images", R), F("images", O)], [partial_images, images]);

/// A preview of an image.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PartialImage {
    /// Which preview it is, from 0.
    pub index: i64,
    /// The image file in base64.
    pub b64_json: String,
    /// The members that were read beyond that.
    pub extra: Extra,
}

object!(PartialImage, [F("index", R), F("b64_json", R)], [index, b64_json]);

impl PartialImage {
    /// The image file.
    ///
    /// # Errors
    /// The text is no base64.
    #[inline]
    pub fn bytes(&self) -> Result<Bytes> {
        decode(&self.b64_json)
    }
}

impl ImageAccumulator {
    /// Takes the next event. One of an unknown type changes nothing; a preview of an index that there is replaces it.
    ///
    /// # Errors
    /// The event is an `error` of the server.
    pub fn push(&mut self, event: &impl ImageStreamEvent) -> Result<()> {
        if let Some(event) = event.unknown() {
            carries_no_error(event)?;
        }
        if let Some((index, image)) = event.partial_image() {
            let room = self.partial_images.len() < MAX_PREVIEWS;
            match self.partial_images.iter_mut().find(|known| known.index == index) {
                Some(known) => image.clone_into(&mut known.b64_json),
                None if room => {
                    let b64_json = image.to_owned();
                    self.partial_images.push(PartialImage { index, b64_json, extra: Extra::default() });
                }
                None => {}
            }
        }
        if let Some(mut completed) = event.completed() {
            // Of several images each has an event of its own; the rest of the answer is that of the last one.
            let known = self.images.take().and_then(|known| known.data).unwrap_or_default();
            completed.data = Some(known.into_iter().chain(completed.data.into_iter().flatten()).collect());
            self.images = Some(completed);
        }
        Ok(())
    }

    /// The previews, in the order they came.
    #[must_use]
    #[inline]
    pub fn partial_images(&self) -> &[PartialImage] {
        &self.partial_images
    }

    /// The preview of an index.
    #[must_use]
    #[inline]
    pub fn partial_image(&self, index: i64) -> Option<&PartialImage> {
        self.partial_images.iter().find(|image| image.index == index)
    }

    /// The complete images with their usage, once there is one.
    #[must_use]
    #[inline]
    pub fn images(&self) -> Option<&ImagesResponse> {
        self.images.as_ref()
    }
}

/// An event of an image that is streamed, be it made or edited.
pub trait ImageStreamEvent: Json + Default + Unpin + 'static {
    /// The preview that this event has, in base64, with its index.
    fn partial_image(&self) -> Option<(i64, &str)>;

    /// The complete image that this event has, in the form of an answer without a stream.
    fn completed(&self) -> Option<ImagesResponse>;

    /// The event as it came, if the document does not have its type.
    fn unknown(&self) -> Option<&Value>;
}

/// The events of the two operations have the same fields, but types of their own.
macro_rules! events {
    ($($event:ident: $partial:ident, $completed:ident;)*) => {$(
        impl ImageStreamEvent for $event {
            #[inline]
            fn partial_image(&self) -> Option<(i64, &str)> {
                match self {
                    Self::$partial(event) => Some((event.partial_image_index, &event.b64_json)),
                    _ => None,
                }
            }

            #[inline]
            fn completed(&self) -> Option<ImagesResponse> {
                let Self::$completed(event) = self else { return None };
                let mut response = ImagesResponse::default();
                response.created = event.created_at;
                let mut image = Image::default();
                image.b64_json = Some(event.b64_json.clone());
                response.data = Some(vec![image]);
                response.background = given(event.background.as_str());
                response.output_format = given(event.output_format.as_str());
                response.size = given(event.size.as_str());
                response.quality = given(event.quality.as_str());
                if !event.extra.is_absent("usage") && !event.extra.is_null("usage") {
                    response.usage = json::from_slice(&json::to_vec(&event.usage)).ok();
                }
                for (name, value) in event.extra.iter() {
                    response.extra.insert(name, value.clone());
                }
                Some(response)
            }

            #[inline]
            fn unknown(&self) -> Option<&Value> {
                match self {
                    Self::Unknown(event) => Some(event),
                    _ => None,
                }
            }
        }
    )*};
}

events! {
    ImageGenStreamEvent: ImageGenerationPartialImage, ImageGenerationCompleted;
    ImageEditStreamEvent: ImageEditPartialImage, ImageEditCompleted;
}

/// A word that the event has; a field that was absent is empty.
fn given<'a, T: From<&'a str>>(text: &'a str) -> Option<T> {
    Some(text).filter(|text| !text.is_empty()).map(T::from)
}

/// The events of an image as they come, and what they come to.
///
/// Each image has an event of its own at its end, and nothing tells which of them is the last: the stream ends where the
/// response does, and once there was an image, also where it breaks off between two events.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct ImageStream<E: ImageStreamEvent> {
    connection: EventConnection<E, ImageAccumulator>,
}

connection!([E: ImageStreamEvent] ImageStream<E> => E, "The next event");

impl<E: ImageStreamEvent> ImageStream<E> {
    /// A stream of events, with what they come to.
    pub fn new(events: EventStream<E>) -> Self {
        Self { connection: EventConnection::new(events, ImageAccumulator::default()) }
    }

    /// Returns the images so far.
    #[must_use]
    pub fn snapshot(&self) -> &ImageAccumulator {
        &self.connection.accumulator
    }

    /// Reads to the end, and gives the images with their usage.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.images().generate("A lighthouse").model("gpt-image-1").partial_images(2);
    /// let images = call.stream_events().await?.final_images().await?;
    /// println!("{:?}", images.usage);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stream, and that it had no complete image.
    pub async fn final_images(self) -> Result<ImagesResponse> {
        let missing = || Error::new(ErrorKind::Truncated, "the stream ended without a complete image");
        self.connection.complete(|accumulator| accumulator.images.ok_or_else(missing)).await
    }
}

impl<E: ImageStreamEvent> Accumulate<E> for ImageAccumulator {
    type Event = E;

    fn take(&mut self, event: E, _: Wanted, said: &mut VecDeque<E>) -> Result<()> {
        self.push(&event)?;
        said.push_back(event);
        Ok(())
    }

    /// Nothing tells whether there is another image to come.
    fn is_complete(&self) -> bool {
        false
    }
}

/// Images as events: `client.images().generate(…)` and `client.images().edit(…)`.
pub trait ImageStreamExt {
    /// An event of the operation.
    type Event: ImageStreamEvent;

    /// Sends the call and gives the events of the image with what they come to; asks for a stream itself.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.images().generate("A lighthouse").model("gpt-image-1").partial_images(2);
    /// let mut events = call.stream_events().await?;
    /// while let Some(event) = events.next().await {
    ///     if let Some((index, image)) = event?.partial_image() {
    ///         println!("preview {index}: {} letters of base64", image.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn stream_events(self) -> impl Future<Output = Result<ImageStream<Self::Event>>> + Send;
}

macro_rules! streams {
    ($($request:ty: $event:ty;)*) => {$(
        impl ImageStreamExt for $request {
            type Event = $event;

            #[inline]
            fn stream_events(self) -> impl Future<Output = Result<ImageStream<$event>>> + Send {
                let events = self.stream();
                async move { Ok(ImageStream::new(events.await?)) }
            }
        }
    )*};
}

streams! {
    Generate: ImageGenStreamEvent;
    Edit: ImageEditStreamEvent;
}
