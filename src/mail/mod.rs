//! Mail: the letters in two languages, and the way to the SMTP server.
//!
//! It renders and sends one letter when told to, and says whether trying again makes sense. When to send,
//! how often, and whether it was sent before is somebody else's business. A letter never holds a password
//! or any other secret: it says where to fetch it.

mod alert_words;
mod error;
mod letter;
mod letters;
mod mailer;
mod messages;
mod news;
mod notices;
mod one_line;
mod samples;
mod templates;
#[cfg(test)]
mod tests;
mod with_coupon;

pub use alert_words::AlertWords;
pub use error::{LettersError, MailConfigError, MailError};
pub use letter::{Attachment, Letter};
pub use letters::{House, Letters, Rendered};
pub use mailer::{MailConfig, MailTls, Mailer};
pub use messages::{FreeTime, Message};
pub use news::News;
pub use notices::{AskedFor, FactorChange, Notice, Outcome, TakenBackFor};
pub use with_coupon::WithCoupon;
