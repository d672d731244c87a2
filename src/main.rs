//! `purser`: one program for the service and for those who run it.

fn main() -> std::process::ExitCode {
    purser::cli::run()
}
