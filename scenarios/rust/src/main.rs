//! A workload of one's own: a checkout that reserves its items one by one and then charges a card.
//!
//! `main` is the whole of tardy, its command line, dashboard and exports, with this workload beside those that come
//! with it:
//!
//!     cargo run --release -- run checkout.toml

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tardy::scenario::{ParamError, Setup, TaskContext, TaskError, Workload};
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// What the tasks share.
struct Checkout {
    connections: Arc<Semaphore>,
    items: u64,
}

/// The `[workload]` table of a scenario file, without `kind`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    connections: usize,
    items: u64,
}

impl Workload for Checkout {
    type Params = Params;

    fn new(params: Params, _: &Setup) -> Result<Self, Vec<ParamError>> {
        Ok(Self { connections: Arc::new(Semaphore::new(params.connections)), items: params.items })
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let (connections, items) = (Arc::clone(&self.connections), self.items);
        async move {
            for _ in 0..items {
                let _connection = cx.step("connect", connections.acquire()).await?;
                cx.step("reserve", sleep(Duration::from_millis(2))).await;
            }
            cx.step("charge", charge(cx.number())).await
        }
    }
}

/// One card in fifty needs another look, one in a thousand is refused.
async fn charge(card: u64) -> Result<(), TaskError> {
    sleep(Duration::from_millis(if card.is_multiple_of(50) { 200 } else { 10 })).await;
    if card % 1000 == 7 { Err("card refused".into()) } else { Ok(()) }
}

fn main() -> ExitCode {
    tardy::main([tardy::workload::<Checkout>("checkout")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tardy::engine::{Registry, Run};
    use tardy::scenario::{Overrides, Plan, Source};

    #[test]
    fn a_second_look_at_a_card_takes_longer_than_the_deadline() {
        let scenario = Source::new("checkout.toml", include_str!("../checkout.toml"));
        let plan = Plan::new(scenario, &Overrides::default().with_duration("1s")).unwrap();
        let registry = Registry::new().with(tardy::workload::<Checkout>("checkout"));
        let report = Run::start(&plan, registry.prepare(&plan).unwrap()).unwrap().wait().unwrap();
        let lane = &report.snapshot.lanes[0];
        assert_eq!(report.snapshot.balanced, Some(true));
        assert!(lane.timed_out() >= lane.spawned / 50, "{} of {}", lane.timed_out(), lane.spawned);
    }
}
