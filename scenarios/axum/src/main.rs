//! A service of one's own with a probe: an axum application whose handlers are held to a deadline of 250 ms.
//!
//!     cargo run --release --example axum
//!     curl localhost:3000/cart/7
//!     tardy attach unix:/tmp/checkout.tardy

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use tardy::Probe;
use tardy::engine::{NotDone, Spawner};
use tardy::outcome::{GatherMode, Policy};
use tardy::probe::{ProbeError, Watch};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// What handlers have to do.
const DEADLINE: Duration = Duration::from_millis(250);

/// What a handler answers.
type Answer = Result<String, StatusCode>;

/// A future of the handler's own, with its steps by name.
async fn cart(State(probe): State<Spawner>, Path(id): Path<u64>) -> Answer {
    let priced = probe.track_with(async |cx| {
        cx.step("stock", sleep(Duration::from_millis(2 + id % 7))).await;
        cx.step("prices", prices(id)).await
    });
    priced.await.map_err(|why| status(&why))
}

/// Every tenth cart takes longer than a handler has, every thirteenth has none.
async fn prices(id: u64) -> Result<String, &'static str> {
    sleep(Duration::from_millis(if id % 10 == 9 { 400 } else { 5 })).await;
    if id % 13 == 12 { Err("no prices") } else { Ok(format!("cart {id}\n")) }
}

/// The first two of three suppliers.
async fn quotes(State(probe): State<Spawner>) -> Answer {
    let ask = |ms| async move {
        sleep(Duration::from_millis(ms)).await;
        Ok::<_, &str>(ms)
    };
    let quotes = probe.gather(GatherMode::First(2), [4, 9, 300].map(ask)).await;
    Ok(format!("{} quotes\n", quotes.children.iter().flatten().count()))
}

/// What a client is told of a future that is not done.
fn status<E>(why: &NotDone<E>) -> StatusCode {
    match why {
        NotDone::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn app(probe: Spawner) -> Router {
    Router::new().route("/cart/{id}", get(cart)).route("/quotes", get(quotes)).with_state(probe)
}

/// The probe, which can be looked at and steered at a socket file.
fn probe(socket: &str) -> Result<Watch, ProbeError> {
    Probe::new("checkout").deadline(DEADLINE).on_timeout(Policy::Observe).serve(socket).allow_control().start()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let watch = probe("unix:/tmp/checkout.tardy")?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(watch.spawner())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tardy::attach::Remote;
    use tardy::engine::Command;
    use tardy::snapshot::{LaneView, Snapshot};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    /// The status line and the body of what the service answers.
    async fn ask(at: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn until(remote: &Remote, what: &str, is_so: impl Fn(&Snapshot) -> bool) {
        for _ in 0..800 {
            if is_so(&remote.snapshot()) {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("never: {what}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_attaches_sees_what_was_asked_and_turns_the_policy() {
        let directory = tempfile::tempdir().unwrap();
        let watch = probe(&format!("unix:{}", directory.path().join("app").display())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let service = axum::serve(listener, app(watch.spawner()));
        let _service = watch.runtime().spawn(service.into_future());
        let remote = Remote::connect(watch.address().unwrap(), None).unwrap();

        assert!(ask(at, "/cart/7").await.ends_with("cart 7\n"));
        assert!(ask(at, "/cart/9").await.starts_with("HTTP/1.1 200"), "late, and observed");
        assert!(ask(at, "/cart/12").await.starts_with("HTTP/1.1 500"));
        assert!(ask(at, "/quotes").await.ends_with("2 quotes\n"));
        until(&remote, "two carts and three quotes done, one of each late", |seen| {
            (seen.total(LaneView::done), seen.total(LaneView::failed), seen.total(LaneView::timed_out)) == (5, 1, 2)
        })
        .await;
        let steps: Vec<_> = remote.snapshot().lanes[0].book.steps().iter().map(|step| step.name.to_string()).collect();
        assert!(["stock", "prices"].iter().all(|step| steps.iter().any(|known| known == step)), "{steps:?}");

        remote.send(Command::Policy(Policy::Cancel));
        until(&remote, "cancel", |seen| seen.policy == Policy::Cancel).await;
        assert!(ask(at, "/cart/9").await.starts_with("HTTP/1.1 504"));
        until(&remote, "it", |seen| seen.total(LaneView::cancelled) == 1).await;
        let report = watch.shutdown().unwrap();
        assert_eq!(report.snapshot.balanced, Some(true));
        assert!(ask(at, "/cart/7").await.ends_with("cart 7\n"), "the service goes on");
    }
}
