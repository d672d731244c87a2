//! Servers that speak a real protocol over a real socket in place of the real thing, for `purser dev` and the tests.
//! The product's own code never imports from here: it is given an address and cannot tell the difference.

pub mod kubernetes;
