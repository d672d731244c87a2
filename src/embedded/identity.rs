//! Who PostgreSQL runs as. It refuses to be root, so root starts it in a user namespace of its own,
//! where the same files belong to an ordinary user, or else as another user of the machine.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use rustix::process::geteuid;

use super::error::EmbeddedError;
use super::process::run;

/// How root may start PostgreSQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AsRoot {
    /// In a user namespace where that works, else as another user.
    #[default]
    NamespaceFirst,
    /// As another user, even where namespaces work.
    OtherUser,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    Own,
    Namespace,
    User { uid: u32, gid: u32 },
}

/// What the one user inside the namespace is called; any number but 0 does.
const INSIDE: &str = "1000";

impl Identity {
    /// `owner` is whose the existing data is: that decides, because nobody else can read it.
    pub(super) async fn choose(
        as_root: AsRoot,
        owner: Option<(u32, u32)>,
        postgres: &Path,
        data_dir: &Path,
    ) -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            return Ok(Self::User { uid, gid });
        }
        if as_root == AsRoot::NamespaceFirst && Self::Namespace.can_use(postgres, data_dir).await {
            return Ok(Self::Namespace);
        }
        let mut reason = "there is neither a user postgres nor a user nobody".to_owned();
        for name in ["postgres", "nobody"] {
            let Ok(identity) = user(name).await else {
                continue;
            };
            match run(identity.command(Path::new("true"))).await {
                Ok(_) => return Ok(identity),
                Err(error) => reason = crate::chain_of(&error),
            }
        }
        Err(EmbeddedError::CannotLeaveRoot { reason })
    }

    /// A command that runs `program` as this identity. The pid stays the one that is started: each step execs.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        match self {
            Self::Own => {}
            Self::Namespace => {
                command = Command::new("unshare");
                command
                    .arg("--user")
                    .args(["--map-user", INSIDE, "--map-group", INSIDE, "--"])
                    .arg(program);
            }
            Self::User { uid, gid } => {
                // the folder we were started in may be closed to that user
                command.uid(uid).gid(gid).current_dir("/");
            }
        }
        command
    }

    /// The same, ended with `signal` by the kernel when purser dies, where the machine can do that.
    /// `setpriv` comes last, because changing users clears the wish.
    pub(super) fn command_ending_with_us(self, signal: &str, program: &Path) -> Command {
        if !setpriv_works() {
            return self.command(program);
        }
        let mut command = self.command(Path::new("setpriv"));
        command.args(["--pdeathsig", signal, "--"]).arg(program);
        command
    }

    /// Whether it can run this program and write in this folder.
    pub(super) async fn can_use(self, program: &Path, folder: &Path) -> bool {
        let mut probe = self.command(Path::new("sh"));
        probe
            .args(["-c", r#"test -w "$1" && "$2" --version"#, "sh"])
            .arg(folder)
            .arg(program);
        run(probe).await.is_ok()
    }

    pub(super) async fn can_enter(self, folder: &Path) -> bool {
        let mut probe = self.command(Path::new("test"));
        probe.arg("-x").arg(folder);
        run(probe).await.is_ok()
    }

    pub(super) async fn can_run(self, program: &Path) -> bool {
        let mut probe = self.command(program);
        probe.arg("--version");
        run(probe).await.is_ok()
    }
}

async fn user(name: &str) -> Result<Identity, EmbeddedError> {
    let id = |what: &'static str| {
        let mut command = Command::new("id");
        command.args([what, name]);
        command
    };
    let number = |text: String| {
        text.parse().map_err(|_| EmbeddedError::CannotLeaveRoot {
            reason: format!("`id` calls {name} {text}"),
        })
    };
    Ok(Identity::User {
        uid: number(run(id("-u")).await?)?,
        gid: number(run(id("-g")).await?)?,
    })
}

/// For a child that may keep our identity.
pub(super) fn ending_with_us(signal: &str, program: &Path) -> Command {
    Identity::Own.command_ending_with_us(signal, program)
}

fn setpriv_works() -> bool {
    static WORKS: OnceLock<bool> = OnceLock::new();
    *WORKS.get_or_init(|| {
        let probe = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--", "true"])
            .output();
        probe.is_ok_and(|output| output.status.success())
    })
}
