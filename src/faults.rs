//! Named points at which the process can be told to die, so that a test can see what a crash at that
//! instruction leaves behind. Compiled away without the feature `standins`.

#[cfg(feature = "standins")]
static POINT: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// From now on the process aborts where it reaches `point`.
#[cfg(feature = "standins")]
pub fn abort_at(point: String) {
    let _ = POINT.set(point);
}

/// Aborts here if told so.
pub fn reach(point: &str) {
    #[cfg(feature = "standins")]
    if POINT.get().is_some_and(|wanted| wanted == point) {
        tracing::error!(point, "aborting at {point} as told");
        std::process::abort();
    }
    #[cfg(not(feature = "standins"))]
    let _ = point;
}
