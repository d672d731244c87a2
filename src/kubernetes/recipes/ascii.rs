//! JSON in ASCII, for every `{{ … }}` of a manifest.

use std::io;

use minijinja::value::Value as Shown;
use serde::Serialize;

/// The value as JSON that YAML reads as the same value.
pub(super) fn ascii_json(value: &Shown) -> Result<String, serde_json::Error> {
    let mut written = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut written,
        AsciiJson,
    ))?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

/// YAML reads `": "` where JSON may leave the blank out, joins no surrogate pairs, and folds or refuses some characters
/// that JSON lets stand; so everything beyond printable ASCII is written as an escape that both ends agree on.
struct AsciiJson;

impl serde_json::ser::Formatter for AsciiJson {
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for letter in fragment.chars() {
            match u32::from(letter) {
                0x20..=0x7e => write!(writer, "{letter}")?,
                code => write!(writer, "\\U{code:08X}")?,
            }
        }
        Ok(())
    }
}
