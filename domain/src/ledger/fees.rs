//! What the books cannot know: the gateway's fees of months that nobody has booked.

use chrono::NaiveDate;

/// How many months are named.
const NAMED: usize = 3;

/// What is said about these months, each by its first day; nothing where there is none (billing rule 39).
pub fn fees_note(months: impl IntoIterator<Item = NaiveDate>) -> Option<String> {
    let mut months = months
        .into_iter()
        .map(|month| month.format("%Y-%m").to_string());
    let mut named: Vec<String> = months.by_ref().take(NAMED).collect();
    if named.is_empty() {
        return None;
    }
    let more = months.count();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let months = named.join(", ");
    Some(format!(
        "the gateway's fees are not booked for {months}: they are still in gateway_clearing"
    ))
}

#[cfg(test)]
mod tests {
    use super::fees_note;
    use chrono::NaiveDate;

    fn note(months: &[&str]) -> Option<String> {
        fees_note(months.iter().map(|day| day.parse::<NaiveDate>().unwrap()))
    }

    #[test]
    fn the_first_months_are_named_and_the_others_counted() {
        assert_eq!(note(&[]), None);
        let one = note(&["2027-01-01"]).unwrap();
        assert!(one.contains("for 2027-01:"), "{one}");
        let many = [
            "2027-01-01",
            "2027-02-01",
            "2027-04-01",
            "2027-05-01",
            "2027-06-01",
        ];
        let many = note(&many).unwrap();
        assert!(
            many.contains("2027-01, 2027-02, 2027-04, 2 more:"),
            "{many}"
        );
    }
}
