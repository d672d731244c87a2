//! Who owns which field: the sets behind `managedFields`, and the merge of server-side apply.

mod apply;
mod managers;
mod set;
mod shape;

pub(super) use managers::{Writer, after_apply, after_write};
pub(super) use shape::{ListShape, list_shape};
