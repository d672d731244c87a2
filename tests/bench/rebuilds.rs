//! Building read models again from the history that the other runs have left, beside the live ones.

use crate::{report::whole, servers::Store};
use purser::relay;
use std::fmt::Write as _;

const MODELS: [&str; 4] = [
    "wallets_v1",
    "wallet_transactions_v1",
    "subscriptions_v1",
    "pods_v1",
];

pub(crate) async fn run(store: &Store) -> anyhow::Result<String> {
    let mut table = String::from(
        "Rebuilding from the history of the runs above:\n\n\
         | read model | events | rows | seconds | events a second |\n\
         | --- | ---: | ---: | ---: | ---: |\n",
    );
    for model in purser_projections::all() {
        if !MODELS.contains(&model.name()) {
            continue;
        }
        eprintln!("rebuilding {}", model.name());
        let rebuilt = relay::rebuild(&store.owner, &*model, &mut |_| {}).await?;
        let (events, seconds) = (rebuilt.position as f64, rebuilt.elapsed.as_secs_f64());
        let _ = writeln!(
            table,
            "| {} | {} | {} | {seconds:.1} | {} |",
            model.name(),
            whole(Some(events)),
            whole(Some(rebuilt.rows as f64)),
            whole(Some(events / seconds))
        );
    }
    Ok(table)
}
