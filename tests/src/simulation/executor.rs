//! A process: futures that are polled one at a time in an order that the seed decides, and that can be dropped between any
//! two polls.
//!
//! The SDK works on files in `spawn_blocking`. So that no thread decides the order of anything, the runtime has one blocking
//! thread. It stands still during a poll, and after it the process waits until the thread has done all that was asked of it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use openai_ext::runtime::transport::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

use super::random::Random;

/// Virtual time after which a process that still has something to do hangs.
const LONGEST: Duration = Duration::from_secs(60 * 86_400);
/// The number of polls after which a task is one that goes round in circles.
const MOST_POLLS: u64 = 400_000;

/// The way in which a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All tasks were done.
    Done,
    /// It was killed before that.
    Killed,
    /// These tasks did not come to an end.
    Hung(Vec<String>),
}

/// A process.
pub struct Process {
    tasks: Vec<Task>,
    random: Random,
    root: Arc<Root>,
    polls: u64,
    kill_at: Option<u64>,
    limit: Pin<Box<Sleep>>,
    ended: Option<Ended>,
    barrier: Option<JoinHandle<()>>,
}

struct Task {
    name: String,
    future: Option<BoxFuture<()>>,
    state: Arc<TaskState>,
    polls: u64,
    drop_at: Option<u64>,
}

/// Tells whether a task is to be polled.
struct TaskState {
    is_woken: AtomicBool,
    root: Arc<Root>,
}

/// The waker of the whole process.
#[derive(Default)]
struct Root(Mutex<Option<Waker>>);

impl Wake for TaskState {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        let root = self.root.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        root.into_iter().for_each(Waker::wake);
    }
}

impl Process {
    /// A process that is killed after so many polls, if it is not done before.
    #[must_use]
    pub fn new(random: Random, kill_at: Option<u64>) -> Self {
        Self {
            tasks: Vec::new(),
            random,
            root: Arc::default(),
            polls: 0,
            kill_at,
            limit: Box::pin(sleep(LONGEST)),
            ended: None,
            barrier: None,
        }
    }

    /// Adds a task, which is dropped after so many polls if it is not done before.
    pub fn start(&mut self, name: String, drop_at: Option<u64>, future: BoxFuture<()>) {
        let state = Arc::new(TaskState { is_woken: AtomicBool::new(true), root: self.root.clone() });
        self.tasks.push(Task { name, future: Some(future), state, polls: 0, drop_at });
    }

    /// Polls one task that was woken; gives `false` if there is none.
    fn step(&mut self) -> bool {
        let is_ready = |task: &Task| task.future.is_some() && task.state.is_woken.load(Ordering::SeqCst);
        let woken: Vec<usize> = (0..self.tasks.len()).filter(|at| is_ready(&self.tasks[*at])).collect();
        if woken.is_empty() {
            return false;
        }
        let task = &mut self.tasks[woken[self.random.place(woken.len())]];
        task.state.is_woken.store(false, Ordering::SeqCst);
        let waker = Waker::from(task.state.clone());
        let Some(future) = &mut task.future else { return false };
        let gate = Gate::new();
        let is_done = future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        (self.polls, task.polls) = (self.polls + 1, task.polls + 1);
        if is_done || task.drop_at == Some(task.polls) {
            task.future = None;
        }
        if task.polls > MOST_POLLS {
            self.ended = Some(Ended::Hung(vec![format!("{} goes round in circles", task.name)]));
        } else if self.kill_at == Some(self.polls) {
            self.ended = Some(Ended::Killed);
        }
        if self.ended.is_some() {
            self.tasks.clear();
        }
        drop(gate);
        true
    }
}

/// Keeps the blocking thread from what is asked of it until this is dropped.
struct Gate(#[expect(dead_code, reason = "its end is the sign")] Sender<()>);

impl Gate {
    fn new() -> Self {
        let (opener, gate) = channel();
        // The other end is dropped, not used.
        tokio::task::spawn_blocking(move || {
            let _ = gate.recv();
        });
        Self(opener)
    }
}

impl Future for Process {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let this = &mut *self;
        *this.root.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        loop {
            if let Some(barrier) = &mut this.barrier {
                // The thread does nothing that can fail.
                let _ = ready!(Pin::new(barrier).poll(context));
                this.barrier = None;
            }
            if let Some(ended) = &this.ended {
                return Poll::Ready(ended.clone());
            }
            if this.limit.as_mut().poll(context).is_ready() {
                let left = this.tasks.iter().filter(|task| task.future.is_some());
                this.ended = Some(Ended::Hung(left.map(|task| task.name.clone()).collect()));
                this.tasks.clear();
            } else if this.tasks.iter().all(|task| task.future.is_none()) {
                this.ended = Some(Ended::Done);
            } else if !this.step() {
                return Poll::Pending;
            }
            this.barrier = Some(tokio::task::spawn_blocking(|| ()));
        }
    }
}
