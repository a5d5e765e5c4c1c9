//! Sizes of items, and the images in them.

use serde_json::Value;

use super::{ContextBudget, Unit};

/// The tokens that an image is taken for.
const IMAGE_TOKENS: usize = 1000;

/// The size of some JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    bytes: usize,
    images: usize,
    /// The bytes of the images' data.
    image_bytes: usize,
}

impl Size {
    pub(super) fn of(json: &Value) -> Self {
        let mut size = Self { bytes: serde_json::to_string(json).map_or(0, |text| text.len()), ..Self::default() };
        visit_images(json, &mut |image| {
            size.images += 1;
            size.image_bytes += data_of(image).map_or(0, str::len);
        });
        size
    }

    pub(super) fn images(&self) -> usize {
        self.images
    }

    /// The size of several values in a list: each has a comma.
    pub(super) fn sum(sizes: impl Iterator<Item = Self>) -> Self {
        sizes.fold(Self::default(), |total, size| Self {
            bytes: total.bytes + size.bytes + 1,
            images: total.images + size.images,
            image_bytes: total.image_bytes + size.image_bytes,
        })
    }

    /// The size in the unit of the budget.
    pub(super) fn in_unit_of(&self, budget: &ContextBudget) -> usize {
        match budget.unit {
            Unit::Bytes => self.bytes,
            Unit::Tokens => self.bytes.saturating_sub(self.image_bytes).div_ceil(4) + self.images * IMAGE_TOKENS,
        }
    }
}

/// Tells whether this is an image, as a part of content or the output of a computer.
pub(super) fn is_image(json: &Value) -> bool {
    matches!(json["type"].as_str(), Some("image_url" | "input_image" | "computer_screenshot"))
}

fn visit_images(json: &Value, found: &mut impl FnMut(&Value)) {
    match json {
        Value::Object(_) if is_image(json) => found(json),
        Value::Object(map) => map.values().for_each(|value| visit_images(value, found)),
        Value::Array(list) => list.iter().for_each(|value| visit_images(value, found)),
        _ => {}
    }
}

fn data_of(image: &Value) -> Option<&str> {
    let url = &image["image_url"];
    url.as_str().or_else(|| url["url"].as_str()).filter(|url| url.starts_with("data:"))
}
