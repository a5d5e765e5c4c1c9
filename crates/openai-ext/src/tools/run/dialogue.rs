//! A conversation as the loop of a run sees it.

use openai_runtime::{Client, Error, ErrorKind, Result, WithHead};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::calls::early::Early;
use super::control::{Control, Halt};
use super::record::{ToolApi, ToolRun};
use crate::tools::context::History;
use crate::tools::outcome::{ToolCall, ToolOutcome};
use crate::tools::toolbox::Toolbox;

/// An API as the loop sees it: a conversation that goes on.
pub(crate) trait Dialogue:
    ToolApi<Usage: Serialize + DeserializeOwned, Item: Serialize + DeserializeOwned>
{
    fn client(&self) -> &Client;

    /// Makes the request ready, before anything is sent: its tools, and what does not fit together. Called again when the tools
    /// of the run change.
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<()>;

    /// Returns the plan of the next answer's calls.
    fn plan(&self) -> CallPlan {
        CallPlan::default()
    }

    /// The body of the next request.
    fn body(&self) -> Value;

    /// Asks the model; the head is that of the last response, if it took several. If the answer is streamed and is cut off,
    /// `partial` gets what is there. With `early` the answer is streamed, and calls that are whole are offered to it.
    fn ask(
        &mut self,
        control: &mut Control<Self>,
        early: Option<&mut Early<Self>>,
        partial: &mut Option<Self::Reply>,
    ) -> impl Future<Output = Result<WithHead<Self::Reply>, Halt>> + Send;

    /// Takes an answer into the conversation, and tells what it asks for.
    fn take(&mut self, reply: &Self::Reply) -> Result<Asked>;

    /// Names of tools that the model knows but the toolbox does not have.
    fn foreign(&self) -> &[String];

    /// The tokens of an answer.
    fn usage(reply: &Self::Reply) -> Option<Self::Usage>;

    /// The conversation so far, for tools.
    fn history(&self) -> History;

    /// Takes the outputs of tools into the conversation.
    fn answer(&mut self, outcomes: &[ToolOutcome]);

    /// Answers what else the model waits for; false if that can't be done here.
    #[inline]
    fn settle(&mut self, _control: &mut Control<Self>) -> impl Future<Output = Result<bool, Halt>> + Send {
        std::future::ready(Ok(true))
    }

    /// Takes up the conversation of a run that ended early, after it was prepared.
    #[inline]
    fn restore(&mut self, _run: &ToolRun<Self>) -> Result<()> {
        let message = "a run of an assistant goes on at the server: resume it by `runs().retrieve(…).run_tools(…)`";
        Err(Error::new(ErrorKind::InvalidRequest, message))
    }

    /// Tells whether the model waits for something that [`settle`](Self::settle) answers, in a run that was taken up.
    #[inline]
    fn waits(&self) -> bool {
        false
    }

    /// Returns the number of items that the server has, by the id of the last answer.
    #[inline]
    fn sent(&self) -> usize {
        0
    }

    /// The whole conversation so far.
    fn items(&self) -> &[Self::Item];

    /// The whole conversation, at the end.
    fn into_items(self) -> Vec<Self::Item>;

    /// The conversation as it is sent, if it was made shorter.
    #[inline]
    fn context(&self) -> Option<&[Self::Item]> {
        None
    }

    /// Takes an item of the caller into the conversation.
    #[inline]
    fn push(&mut self, _item: Self::Item) {}

    /// Sends this in place of the conversation so far.
    #[inline]
    fn condense(&mut self, _items: Vec<Self::Item>) {}

    /// Fails if something in the call keeps a context that cannot be counted or made shorter.
    #[inline]
    fn check_budget(&self) -> Result<()> {
        Ok(())
    }

    /// Has the server make items shorter.
    #[inline]
    fn compact(
        &mut self,
        _items: Vec<Self::Item>,
        _control: &mut Control<Self>,
    ) -> impl Future<Output = Result<Compacted<Self>, Halt>> + Send {
        let message = "this API has no operation that makes a conversation shorter: use `with_compaction`";
        std::future::ready(Err(Error::new(ErrorKind::InvalidRequest, message).into()))
    }
}

/// A conversation that the server made shorter, and the tokens that it took.
pub(crate) struct Compacted<A: ToolApi> {
    pub(crate) items: Vec<A::Item>,
    #[cfg_attr(not(feature = "responses"), allow(dead_code))]
    pub(crate) usage: Option<A::Usage>,
}

/// The plan of a run's calls.
#[derive(Default)]
pub(crate) struct CallPlan {
    /// One call after the other.
    pub(crate) one_by_one: bool,
    /// The run ends after the first call that was really made.
    pub(crate) forced: bool,
}

/// The calls and approvals that an answer asks for.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) calls: Vec<ToolCall>,
    /// Outcomes of some of the calls, which are known from a run before.
    pub(crate) done: Vec<ToolOutcome>,
    /// It asks for something else, which [`Dialogue::settle`] answers.
    pub(crate) more: bool,
    /// There is nothing to go on from.
    pub(crate) is_unfinished: bool,
}
