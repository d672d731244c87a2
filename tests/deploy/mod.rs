//! What operators install: it is taken by a cluster as it is written, and agrees with the code.

mod agreeing;
mod alerts;
mod answering;
mod boundary;
mod confining;
mod grants;
mod installing;
mod policies;
mod rights;
