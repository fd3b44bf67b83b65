//! Several requests at once, in order of their results, without an executor of our own.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// How many requests of one endpoint are under way at once. Browsers allow six for each host.
pub(super) const AT_ONCE: usize = 6;

/// Waits for all futures, polling each that is not finished whenever one wakes. Meant for about [`AT_ONCE`] of them.
pub(super) async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut open: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    poll_fn(|context| {
        for (future, output) in &mut open {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if open.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    open.into_iter().filter_map(|(_, output)| output).collect()
}
