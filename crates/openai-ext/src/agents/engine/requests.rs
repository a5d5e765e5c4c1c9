//! The requests of a run.

use std::time::Duration;

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Client, EventStream, ResponseValue, random_bits};

use super::history::{Snapshot, TurnSnapshot};
use crate::agents::input::AgentInput;
use crate::request::{Operation, Pages, Request};
use crate::resources::beta::agents::sessions::Sessions;
use crate::types::{
    InputMessageParam, SessionEvent, SessionInputParam, SessionResource, SessionTurnItemResource, SubagentResource,
    TurnResource,
};
use crate::{Error, ErrorKind, Result};

/// The size of the pages of turns and items.
const PAGE: i64 = 100;

/// A list that is longer is given up, as the API's own may have so many items.
const LONGEST_LIST: usize = 16_384;

/// The time that a turn's cancellation may take when a run ends early.
const CANCEL_LIMIT: Duration = Duration::from_secs(5);

/// The requests about one session.
#[derive(Clone)]
pub(in crate::agents) struct SessionRequests {
    pub(super) client: Client,
    /// The options of each call.
    pub(super) options: Call,
    pub(super) session_id: String,
    pub(super) include_obfuscation: Option<bool>,
}

/// A stream that was opened after another one broke off, and what was missed.
pub(super) struct Reopened {
    pub(super) events: EventStream<SessionEvent>,
    pub(super) snapshot: Snapshot,
}

/// The facts that tell the turn of a run from others in a list.
pub(super) struct TurnHint {
    /// The id of the turn, if it is known.
    pub(super) id: Option<String>,
    /// The time at which the session was last active before the turn.
    pub(super) after: i64,
    /// The turn's first message.
    pub(super) input: Option<AgentInput>,
}

impl SessionRequests {
    pub(in crate::agents) fn new(
        client: Client,
        options: Call,
        session_id: String,
        include_obfuscation: Option<bool>,
    ) -> Self {
        Self { client, options, session_id, include_obfuscation }
    }

    fn sessions(&self) -> Sessions {
        Sessions { client: self.client.clone() }
    }

    /// Makes a call as the caller wants calls to be made.
    fn call<O: Operation>(&self, request: Request<O>) -> Call {
        let mut call = request.into_call();
        call.with_options_of(&self.options);
        call
    }

    pub(super) async fn session(&self) -> Result<SessionResource> {
        self.call(self.sessions().retrieve(&self.session_id)).send().await
    }

    pub(super) async fn events(&self) -> Result<EventStream<SessionEvent>> {
        let mut request = self.sessions().events().stream(&self.session_id);
        if let Some(include) = self.include_obfuscation {
            request = request.include_obfuscation(include);
        }
        self.call(request).stream().await
    }

    /// Sends an input to the session. Its key is the same for all attempts.
    pub(super) fn submit(&self, input: impl Into<SessionInputParam>) -> BoxFuture<Result<()>> {
        self.submit_as(input, &uuid())
    }

    /// The same with this key.
    pub(super) fn submit_as(&self, input: impl Into<SessionInputParam>, key: &str) -> BoxFuture<Result<()>> {
        let sent = self.submission(input.into(), key);
        Box::pin(async move { <() as ResponseValue>::send_call(sent).await })
    }

    pub(super) fn submission(&self, input: SessionInputParam, key: &str) -> Call {
        self.call(self.sessions().events().create(&self.session_id, [input]).idempotency_key(key))
    }

    /// Cancels the session's turn. What comes of it is told by the session's events.
    pub(in crate::agents) fn cancel(&self) -> BoxFuture<Result<()>> {
        self.submit(SessionInputParam::agent_session_input_cancel())
    }

    /// Cancels the session's turn for a run that has ended. Nobody waits long for it, and its failure is not the run's.
    pub(super) async fn cancel_soon(&self) {
        let mut call = self.submission(SessionInputParam::agent_session_input_cancel(), &uuid());
        call.with_total_timeout(CANCEL_LIMIT);
        drop(<() as ResponseValue>::send_call(call).await);
    }

    /// Opens another stream, and then reads what was missed, so that nothing falls between both.
    pub(super) async fn reopen(self, wait: BoxFuture<()>, hint: TurnHint) -> Result<Reopened> {
        wait.await;
        let events = self.events().await?;
        let session = self.session().await?;
        let mut turns = Vec::new();
        let mut since = hint.after;
        if let Some(turn) = self.find_turn(&hint).await? {
            since = turn.created_at;
            let items = self.turn_items(&turn.id).await?;
            turns.push(TurnSnapshot { turn, items });
        }
        let agents = self.read_subagents(since, &mut turns).await?;
        Ok(Reopened { events, snapshot: Snapshot { session, subagents: agents, turns } })
    }

    /// Reads the subagents of a turn that began at this time, and their turns. What subagents did in turns before is not told.
    async fn read_subagents(&self, since: i64, turns: &mut Vec<TurnSnapshot>) -> Result<Vec<SubagentResource>> {
        let subagents = self.sessions().subagents();
        let mut agents = match self.all(subagents.list(&self.session_id).limit(PAGE).order("asc")).await {
            // A server without subagents has none to tell of.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            listed => listed?,
        };
        agents.retain(|agent| agent.closed_at.is_none_or(|closed| closed >= since));
        for agent in &agents {
            let listed = self.all(subagents.turns().list(&self.session_id, &agent.id).limit(PAGE).order("asc")).await?;
            for turn in listed.into_iter().filter(|turn| turn.created_at >= since) {
                let list = subagents.turns().items().list(&self.session_id, &agent.id, &turn.id);
                let items = self.all(list.limit(PAGE).order("asc")).await?;
                turns.push(TurnSnapshot { turn, items });
            }
        }
        // One that was there before the turn begins no more.
        agents.retain(|agent| agent.opened_at >= since);
        Ok(agents)
    }

    /// Finds the turn of the run. Its message was accepted without an id, so that one that was not seen is the newest of the
    /// session's own turns, unless that was there before.
    async fn find_turn(&self, hint: &TurnHint) -> Result<Option<TurnResource>> {
        let turns = self.sessions().turns();
        if let Some(id) = &hint.id {
            return Ok(Some(self.call(turns.retrieve(&self.session_id, id)).send().await?));
        }
        let list = turns.list(&self.session_id).limit(PAGE).order("desc");
        let mut listed = self.call(list).items::<crate::types::SessionTurnListResource>();
        while let Some(turn) = listed.try_next().await? {
            if turn.subagent_id.is_some() {
                continue;
            }
            let is_over = matches!(turn.status.as_str(), "completed" | "failed" | "cancelled");
            let is_new = turn.created_at > hint.after || !is_over;
            let is_it = turn.created_at >= hint.after && (is_new || self.begins_with(&turn.id, hint).await?);
            return Ok(is_it.then_some(turn));
        }
        Ok(None)
    }

    /// Tells if a turn of the same second as the session's last one begins with the run's message.
    async fn begins_with(&self, turn_id: &str, hint: &TurnHint) -> Result<bool> {
        let wanted: Vec<String> = hint.input.iter().flat_map(|input| input.messages().iter().flat_map(texts)).collect();
        let items = self.turn_items(turn_id).await?;
        let said = items.iter().filter_map(|item| match item {
            SessionTurnItemResource::Message(message) if message.role.as_str() == "user" => Some(message),
            _ => None,
        });
        let said: Vec<String> = said.flat_map(|message| message.content.iter().filter_map(text)).collect();
        Ok(said == wanted)
    }

    async fn turn_items(&self, turn_id: &str) -> Result<Vec<SessionTurnItemResource>> {
        self.all(self.sessions().turns().items().list(&self.session_id, turn_id).limit(PAGE).order("asc")).await
    }

    async fn all<O>(&self, list: Request<O>) -> Result<Vec<<O::Output as crate::ListPage>::Item>>
    where
        O: Pages<Output: crate::ListPage>,
    {
        let mut items = self.call(list).items::<O::Output>();
        let mut all = Vec::new();
        while let Some(item) = items.try_next().await? {
            if all.len() >= LONGEST_LIST {
                let message = format!("a list of session {:?} has more than {LONGEST_LIST} items", self.session_id);
                return Err(Error::new(ErrorKind::Limit, message));
            }
            all.push(item);
        }
        Ok(all)
    }
}

fn texts(message: &InputMessageParam) -> impl Iterator<Item = String> {
    message.content.iter().filter_map(text)
}

/// The text of a content, whatever the type of the list that it stands in.
fn text(content: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(content).ok()?["text"].as_str().map(str::to_owned)
}

/// Tells if a stream that ended with this error can be gone on with by another one.
pub(super) fn is_cut(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Truncated | ErrorKind::Connection | ErrorKind::Timeout) || error.is_retryable()
}

/// Makes a random UUID, of version 4.
pub(super) fn uuid() -> String {
    let (first, second) = (random_bits(), random_bits());
    let (first, second) = (first & !0xf000 | 0x4000, second & !(0xc000 << 48) | 0x8000 << 48);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        first >> 32,
        first >> 16 & 0xffff,
        first & 0xffff,
        second >> 48,
        second & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_uuids_and_differ() {
        let (first, second) = (uuid(), uuid());
        assert_ne!(first, second);
        for key in [first, second] {
            let lengths: Vec<usize> = key.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{key}");
            assert!(key[14..].starts_with('4') && matches!(key.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{key}");
        }
    }
}
