//! Texts that people read have to look like what they are: two names that look the same, or a line that runs backwards, is how
//! somebody passes for somebody else.

use super::TextError;

/// Refuses what hides, or turns what is around it, and a text of which nothing can be seen.
pub(super) fn for_what_it_is(text: &str) -> Result<(), TextError> {
    if text.chars().any(turns) {
        return Err(TextError::Turning);
    }
    if !text.is_empty() && !text.chars().any(is_seen) {
        return Err(TextError::Unseen);
    }
    match text.chars().any(hides) {
        true => Err(TextError::Hidden),
        false => Ok(()),
    }
}

/// Whether it turns what is around it, or hides.
pub(super) const fn misleads(c: char) -> bool {
    turns(c) || hides(c)
}

/// Line and paragraph separators, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9), and the mark of
/// the order of bytes. Single marks of direction stay: names in Arabic and Hebrew need them.
const fn turns(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether it leaves a mark.
pub(super) const fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !hides(c) && !only_shapes(c)
}

/// Left out where it is shown (Default_Ignorable_Code_Point), or an empty cell of Braille: with it a name looks like another
/// one.
const fn hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Not seen itself, but what is around it is written with it: joiners, marks of direction, and whether a sign is text or a
/// picture.
const fn only_shapes(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200c}'..='\u{200f}' | '\u{fe0e}' | '\u{fe0f}'
    )
}
