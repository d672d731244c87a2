//! Making the data: `initdb` beside its final place and a rename, so that a crash leaves all or nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::Durability;
use super::super::data_dir::{
    DataDir, private_folder, random_hex, read_state, remove, turn, write_private, write_state,
};
use super::super::error::{EmbeddedError, io_error};
use super::super::identity::Identity;
use super::super::process::run;
use super::home::{Home, copy_tree, give, state_file};
use super::{PostgresOptions, State};

/// The major version that made this data; `None` if there is none yet.
pub(super) fn made_by(data: &Path) -> Result<Option<u32>, EmbeddedError> {
    if !data.exists() {
        return Ok(None);
    }
    let file = data.join("PG_VERSION");
    let version = fs::read_to_string(&file).map_err(io_error("read", &file))?;
    match version.trim().parse() {
        Ok(major) => Ok(Some(major)),
        Err(_) => Err(EmbeddedError::Damaged {
            path: file,
            what: "this names no version of PostgreSQL",
        }),
    }
}

pub(super) struct Maker<'a> {
    pub home: &'a Home,
    pub bin: &'a Path,
    pub identity: Identity,
    pub options: &'a PostgresOptions,
}

impl Maker<'_> {
    pub(super) async fn make(&self, dir: &DataDir, state: &mut State) -> Result<(), EmbeddedError> {
        let draft = draft_in(self.home.path());
        private_folder(&draft)?;
        // a user who cannot come here cannot share what the tests share
        let shared = !matches!(self.identity, Identity::User { .. });
        if self.options.durability == Durability::Throwaway && shared {
            let template = self.template().await?;
            state.superuser_password = template.password;
            copy_tree(&template.data, &draft.join("data")).await?;
        } else {
            self.initdb(&draft, &state.superuser_password).await?;
        }
        // the passwords come first: data without them would be of no use
        write_state(&state_file(dir), state)?;
        let data = self.home.data();
        fs::rename(draft.join("data"), &data).map_err(io_error("put in place", &data))?;
        let folder = self.home.path();
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io_error("sync", folder))?;
        remove(&draft)
    }

    /// Leaves the new data in `draft/data`.
    async fn initdb(&self, draft: &Path, password: &str) -> Result<(), EmbeddedError> {
        let password_file = draft.join("password");
        write_private(&password_file, password.as_bytes())?;
        give(draft, self.identity).await?;
        let mut initdb = self
            .identity
            .command_ending_with_us("KILL", &self.bin.join("initdb"));
        initdb
            .arg("--pgdata")
            .arg(draft.join("data"))
            .arg("--pwfile")
            .arg(&password_file)
            .args(["--username", "postgres", "--auth", "scram-sha-256"])
            // the same order of text on every machine and in every release of the C library
            .args(["--encoding", "UTF8", "--locale", "C"])
            .env("LC_ALL", "C");
        match self.options.durability {
            Durability::Durable => initdb.arg("--data-checksums"),
            Durability::Throwaway => initdb.arg("--no-sync"),
        };
        run(initdb).await?;
        remove(&password_file)
    }

    /// Throwaway data begins as a copy: that takes a tenth of the time of `initdb`.
    async fn template(&self) -> Result<Template, EmbeddedError> {
        let tools = self.options.tools.folder();
        let build = hex::encode(Sha256::digest(format!(
            "{} {:?}",
            self.bin.display(),
            self.identity
        )));
        let template = tools.join(format!("initdb-{}", &build[..12]));
        if !template.exists() {
            private_folder(tools)?;
            let _turn = turn(&tools.join("initdb.lock"), || {}).await?;
            if !template.exists() {
                let draft = draft_in(tools);
                private_folder(&draft)?;
                let password = random_hex(24);
                self.initdb(&draft, &password).await?;
                write_state(&draft.join("password.json"), &password)?;
                fs::rename(&draft, &template).map_err(io_error("put in place", &template))?;
            }
        }
        let file = template.join("password.json");
        let Some(password) = read_state(&file)? else {
            return Err(EmbeddedError::Damaged {
                path: file,
                what: "the password of a template is gone",
            });
        };
        Ok(Template {
            data: template.join("data"),
            password,
        })
    }
}

struct Template {
    data: PathBuf,
    password: String,
}

const DRAFT: &str = "making-";

fn draft_in(folder: &Path) -> PathBuf {
    folder.join(format!("{DRAFT}{}", random_hex(4)))
}

/// What was being made when an earlier purser died.
pub(super) fn remove_drafts(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            let _ = remove(&entry.path());
        }
    }
}
