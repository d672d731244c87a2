//! Payment pages, of which nobody is to open as many as he likes.

use super::accounts::{AccountError, Accounts};
use purser_domain::ids::UserId;

impl Accounts {
    /// Counts that somebody wants another payment page.
    ///
    /// # Errors
    /// [`AccountError::TooMany`] after too many within an hour, or the store's trouble.
    pub async fn opens_page(&self, user_id: UserId) -> Result<(), AccountError> {
        self.attempts.page(user_id).await
    }
}
