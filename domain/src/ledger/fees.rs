//! What the books do not know: fees that nobody has booked yet (billing rule 39).

use crate::fee_statement::month_of;
use chrono::NaiveDate;

/// What has to be said beside the books at a date, where the last month that is over has no statement of fees; `through` is
/// the first day of the last month that has one.
pub fn fees_note(through: Option<NaiveDate>, date: NaiveDate) -> Option<String> {
    let last = month_of(month_of(date).pred_opt()?);
    match through {
        Some(through) if through >= last => None,
        Some(through) => Some(format!(
            "the gateway's fees are booked through {}: later ones are still in gateway_clearing",
            through.format("%Y-%m")
        )),
        None => {
            Some("no fees of the gateway are booked: they are still in gateway_clearing".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fees_note;
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_said_until_the_last_month_that_is_over_is_booked() {
        let note = |through: Option<&str>, date| fees_note(through.map(day), day(date));
        assert_eq!(note(Some("2027-01-01"), "2027-02-28"), None);
        let late = note(Some("2027-01-01"), "2027-03-01").unwrap();
        assert!(late.contains("2027-01"), "{late}");
        assert!(note(None, "2027-01-15").is_some());
    }
}
