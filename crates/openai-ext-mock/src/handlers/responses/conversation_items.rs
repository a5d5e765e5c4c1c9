//! The items of conversations, in their table.

use serde_json::Value;

use crate::handlers::shared::fields::id_of;
use crate::state::{ConversationItem, ServerState};

/// Adds items that are in the form of a conversation's already.
pub(crate) fn append(state: &mut ServerState, conversation: &str, items: Vec<Value>) {
    for item in items {
        let weight = item.to_string().len();
        state.conversation_items.insert(
            key(conversation, &id_of(&item)),
            ConversationItem { conversation: conversation.to_owned(), object: item },
            weight,
        );
    }
}

/// Ids of items are the clients' to choose, so that two conversations may have the same.
pub(crate) fn key(conversation: &str, item: &str) -> String {
    format!("{conversation}/{item}")
}

/// The items of all conversations.
pub(crate) fn all_items(state: &ServerState) -> impl Iterator<Item = &Value> {
    state.conversation_items.iter().map(|item| &item.object)
}
