//! A run that goes on when nobody waits for it any more.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Runs on the task of whoever waits for it, which spares each call a task of
/// its own, and moves to a task of its own when that one drops it.
pub(super) struct Run<T: Send + 'static>(Option<Running<T>>);

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send + 'static> Run<T> {
    pub(super) fn new(run: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(run)))
    }
}

impl<T: Send + 'static> Future for Run<T> {
    /// What came of it, or with what words it panicked.
    type Output = Result<T, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(run) = &mut self.0 else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context)));
        if let Ok(Poll::Pending) = polled {
            return Poll::Pending;
        }
        self.0 = None;
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(words(panic.as_ref()))),
        }
    }
}

impl<T: Send + 'static> Drop for Run<T> {
    fn drop(&mut self) {
        let Some(run) = self.0.take() else { return };
        // Without a runtime the program is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(run);
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panicked: {}", text.unwrap_or("without words"))
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_run_that_is_dropped_goes_on() {
        let (go, wait) = oneshot::channel::<()>();
        let (done, seen) = oneshot::channel();
        let mut run = Box::pin(Run::new(async move {
            let _ = wait.await;
            let _ = done.send("to its end");
        }));
        assert!(futures_poll(run.as_mut()).is_pending());
        drop(run);
        go.send(()).unwrap();
        assert_eq!(seen.await, Ok("to its end"));
    }

    #[tokio::test]
    async fn a_run_that_panics_says_with_what_words() {
        assert_eq!(Run::new(async { 7 }).await, Ok(7));
        let ended = Run::new(async { std::panic::panic_any(format!("no {}", 7)) }).await;
        assert_eq!(ended, Err::<(), _>("it panicked: no 7".to_owned()));
    }

    fn futures_poll<T: Send + 'static>(run: Pin<&mut Run<T>>) -> Poll<Result<T, String>> {
        run.poll(&mut Context::from_waker(std::task::Waker::noop()))
    }
}
