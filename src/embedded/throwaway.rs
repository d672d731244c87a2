//! Servers for tests: quick to make, in a folder of their own that goes with them.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use super::data_dir::{DataDir, private_folder, random_hex, remove};
use super::error::{EmbeddedError, io_error};
use super::{Durability, Nats, Postgres, PostgresOptions, Tools};

/// A server whose data is deleted when it is dropped. One in a `static` is never dropped: the kernel ends it
/// with the process, and the next throwaway made with the same tools sweeps its folder.
#[derive(Debug)]
pub struct Throwaway<S: Service> {
    service: S,
    folder: Folder,
}

/// A server that can be ended where nothing can be awaited.
pub trait Service {
    fn end(&self);
}

impl Service for Postgres {
    fn end(&self) {
        self.end_and_delete();
    }
}

impl Service for Nats {
    fn end(&self) {
        self.stop_blocking();
    }
}

/// Both at once.
pub async fn throwaway(
    tools: &Tools,
) -> Result<(Throwaway<Postgres>, Throwaway<Nats>), EmbeddedError> {
    tokio::try_join!(throwaway_postgres(tools), throwaway_nats(tools))
}

pub async fn throwaway_postgres(tools: &Tools) -> Result<Throwaway<Postgres>, EmbeddedError> {
    let folder = Folder::new(tools).await?;
    let options = PostgresOptions::new(tools.clone(), Durability::Throwaway);
    Ok(Throwaway {
        service: Postgres::start(&folder.dir, &options).await?,
        folder,
    })
}

pub async fn throwaway_nats(tools: &Tools) -> Result<Throwaway<Nats>, EmbeddedError> {
    let folder = Folder::new(tools).await?;
    Ok(Throwaway {
        service: Nats::start(&folder.dir, tools).await?,
        folder,
    })
}

impl<S: Service> Throwaway<S> {
    /// The folder that goes with it.
    pub fn dir(&self) -> &DataDir {
        &self.folder.dir
    }
}

impl<S: Service> Deref for Throwaway<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.service
    }
}

impl<S: Service> DerefMut for Throwaway<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.service
    }
}

impl<S: Service> Drop for Throwaway<S> {
    fn drop(&mut self) {
        self.service.end();
    }
}

/// Deleted when dropped, which is after the service in it was ended.
#[derive(Debug)]
struct Folder {
    dir: DataDir,
}

impl Folder {
    async fn new(tools: &Tools) -> Result<Self, EmbeddedError> {
        let all = tools.folder().join("throwaway");
        private_folder(&all)?;
        sweep(&all).await;
        loop {
            let path = all.join(random_hex(6));
            match DataDir::open(&path) {
                Ok(dir) => return Ok(Self { dir }),
                // another process swept it before it was locked
                Err(EmbeddedError::InUse { .. }) => {}
                Err(EmbeddedError::Io { .. }) if !path.exists() && all.exists() => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = remove(self.dir.path()) {
            tracing::warn!("{error}");
        }
    }
}

/// Deletes the folders nobody holds, and ends what may still run in them.
async fn sweep(all: &Path) {
    let entries = fs::read_dir(all).map_err(io_error("read", all));
    let paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    for path in paths {
        if let Ok(dir) = DataDir::open(&path)
            && dir.wipe().await.is_ok()
        {
            let _ = remove(dir.path());
        }
    }
}
