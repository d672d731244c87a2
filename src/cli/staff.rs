//! The first administrator. Later ones are added through the API, by name.

use super::places::Place;
use crate::{
    app,
    auth::{Accounts, NewAccount, PasswordCost, Passwords, SessionTimes, Tokens, Vault},
    clock::Clock,
    store::{Appender, AppenderOptions, Asking, States},
};
use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use purser_domain::{
    Actor,
    user::{Locale, Role},
};
use std::{io::Read as _, process::ExitCode, sync::Arc};
use uuid::Uuid;

#[derive(Args)]
pub(super) struct StaffArgs {
    #[arg(long)]
    name: String,
    #[arg(long)]
    email: String,
    #[arg(long, value_enum, default_value = "admin")]
    role: StaffRole,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, ValueEnum)]
enum StaffRole {
    Admin,
    Operator,
    Auditor,
}

/// Takes the password from standard input, so that it stands in no list of processes.
pub(super) async fn run(args: StaffArgs) -> anyhow::Result<ExitCode> {
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .context("the password is read from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    ensure!(!password.is_empty(), "give the password on standard input");
    let keys = args.place.keys()?;
    let keys = keys.context("MASTER_KEY is not set: it seals the account's personal data")?;
    let (pool, _) = args.place.open().await?;
    let installation = app::installation(&pool).await?;
    let clock = Clock::default();
    let appender = Appender::start(pool.clone(), clock.clone(), AppenderOptions::default());
    let accounts = Accounts::new(
        appender,
        Arc::new(States::new(pool.clone(), 16)),
        Vault::new(pool, keys.clone()),
        Passwords::new(PasswordCost::default())?,
        Tokens::new(&keys, installation),
        clock,
        SessionTimes::default(),
    );
    let role = match args.role {
        StaffRole::Admin => Role::Admin,
        StaffRole::Operator => Role::Operator,
        StaffRole::Auditor => Role::Auditor,
    };
    let account = NewAccount {
        name: args.name.parse().context("the name")?,
        email: args.email.parse().context("the address")?,
        phone: None,
        password,
        roles: vec![role],
        locale: Locale::default(),
    };
    let request_id = Uuid::now_v7();
    let asking = Asking {
        key: None,
        body_hash: [0; 32],
        request_id,
        correlation_id: request_id,
    };
    accounts
        .add(
            &asking.by(Actor::System("command-line"), "add-staff"),
            account,
        )
        .await?;
    println!("{} may sign in as {:?}", args.email, role);
    Ok(ExitCode::SUCCESS)
}
