//! What concerns recipes: checking a folder of them before an installation is started on it.

use super::environment;
use crate::{
    config::recipes,
    kubernetes::{Flaws, Recipes},
};
use clap::{Args, Subcommand};
use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

#[derive(Subcommand)]
pub(super) enum TemplatesCommand {
    /// Renders and checks every recipe as `purser serve` does at its start, and says everything that is wrong.
    Check(CheckArgs),
}

#[derive(Args)]
pub(super) struct CheckArgs {
    /// A folder laid out like `templates/services`; else that of TEMPLATES_DIR, else what the binary carries.
    directory: Option<PathBuf>,
    /// Lines of NAME=value; the environment is over them.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(super) fn templates(command: TemplatesCommand) -> anyhow::Result<ExitCode> {
    let TemplatesCommand::Check(args) = command;
    let mut set = environment(args.config.as_ref())?;
    let mut source = recipes(&mut set);
    set.finish()?;
    source.directory = args.directory.or(source.directory);
    let place = match &source.directory {
        Some(directory) => directory.display().to_string(),
        None => "this binary".to_owned(),
    };
    Ok(match Recipes::load(&source) {
        Ok(recipes) => {
            println!("{}", summary(&recipes, &place));
            ExitCode::SUCCESS
        }
        Err(flaws) => {
            report(&flaws, &place);
            ExitCode::FAILURE
        }
    })
}

fn summary(recipes: &Recipes, place: &str) -> String {
    let names: Vec<String> = recipes
        .iter()
        .map(|recipe| format!("{} (version {})", recipe.name, recipe.version))
        .collect();
    let count = counted(names.len(), "recipe", "recipes");
    format!(
        "nothing is wrong with {count} in {place}: {}",
        names.join(", ")
    )
}

fn report(flaws: &Flaws, place: &str) {
    for flaw in flaws.iter() {
        println!("{flaw}");
    }
    let files: BTreeSet<&str> = flaws.iter().map(|flaw| flaw.file.as_str()).collect();
    let problems = counted(flaws.iter().len(), "problem", "problems");
    let files = counted(files.len(), "file", "files");
    println!("{problems} in {files} of {place}");
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
