//! The JSON of texts and arguments that are not complete yet.

use serde_json::Value;

use super::accumulator::ResponseAccumulator;

impl ResponseAccumulator {
    /// Returns the JSON of the first text that is no commentary as far as it is there: open strings, lists and objects are
    /// closed, and what is cut off is left out. `None` before there is any, and of a text that is not JSON.
    ///
    /// Each part of the text is read once, when the JSON is asked for: to ask after each event takes time that is linear in
    /// the text.
    #[must_use]
    #[inline]
    pub fn partial_text(&mut self) -> Option<&Value> {
        let output = &self.snapshot.as_ref()?.output;
        self.partials.get_or_insert_default().text(output, &self.layout)
    }

    /// Returns the JSON of the arguments of a function or MCP call, by its position in the snapshot's `output`, as far as it
    /// is there, as [`partial_text`](Self::partial_text) does for texts.
    ///
    /// ```
    /// use openai_ext::responses::ResponseAccumulator;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut accumulator = ResponseAccumulator::default();
    /// for (delta, expected) in [("{\"city\": \"Pa", "Pa"), ("ris", "Paris")] {
    ///     let event = serde_json::json!({
    ///         "type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": delta,
    ///     });
    ///     accumulator.push(&serde_json::from_value(event)?)?;
    ///     assert_eq!(accumulator.partial_arguments(0).map(|json| &json["city"]), Some(&expected.into()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn partial_arguments(&mut self, output_index: usize) -> Option<&Value> {
        let item = self.snapshot.as_ref()?.output.get(output_index)?;
        let slot = self.layout.slots.get(output_index)?;
        self.partials.get_or_insert_default().arguments(item, *slot)
    }

    /// Notes that a text of the item that the event changed is another one now, not the one before with more behind it.
    #[inline]
    pub(super) fn rewritten(&mut self) {
        if let Some(changed) = self.changed {
            self.layout.rewritten(changed.output_index);
        }
    }
}
