//! What an object must look like to be stored: decoding, defaults, validation and admission, in this order.

pub(super) mod admission;
mod decode;
mod defaults;
pub(super) mod limits;
pub(super) mod policies;
pub(super) mod quantity;
pub(super) mod quota;
mod transitions;
mod validate;

pub(super) use decode::understood;
pub(super) use defaults::fill_defaults;
pub(super) use transitions::forbidden_changes;
pub(super) use validate::{check_name, field_errors};
