/// Text from outside on a single line: line breaks would open a header or a paragraph of their own, and
/// direction marks would turn what follows around.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn breaks_and_direction_marks_become_spaces() {
        assert_eq!(
            one_line(" Budi\r\nBcc: x@y.z\u{2028}\u{202e}!\t\u{0} "),
            "Budi Bcc: x@y.z !"
        );
        assert_eq!(one_line("Łucja 林"), "Łucja 林");
    }
}
