//! The gateway's balance of a day against what is known.

use super::noon;
use crate::{
    payments::{Balance, Sen},
    reconcile::{Compared, Total, totals, totals_csv},
};
use chrono::Duration;
use purser_domain::{case::CaseKind, ledger::GatewayDay};

/// A balance that moved by so many hundredths, where so many rupiah are known.
fn total(change: i128, moved: i128, at_most: i128) -> Total {
    let opening = Sen::new(96_200_001);
    let closing = Sen::new(96_200_001 + change);
    let known = GatewayDay {
        from: noon(),
        until: noon() + Duration::days(1),
        moved,
        at_most,
    };
    Total {
        day: "2027-01-31".parse().unwrap(),
        compared: Ok(Compared::new(Balance { opening, closing }, known)),
    }
}

#[test]
fn more_than_can_be_known_is_a_case() {
    let found = total(12_000_000, 50_000, 50_000).difference().unwrap();
    assert_eq!(found.matter.kind, CaseKind::UnknownMoney);
    assert_eq!(
        found.matter.finding,
        "on 2027-01-31 the gateway's balance grew by 120000.00, where all that is known explains 50000.00 at most: 70000.00 belongs to no payment that is booked"
    );
    // However much it is the next time, it is the same day's.
    let again = total(13_000_000, 50_000, 50_000).difference().unwrap();
    assert_eq!(again.case_id, found.case_id);
    let mut other = total(12_000_000, 50_000, 50_000);
    other.day = "2027-02-01".parse().unwrap();
    assert_ne!(other.difference().unwrap().case_id, found.case_id);
    // Fees and payouts took more than went back that is known.
    let hidden = total(-1_000_000, -50_000, -50_000).difference();
    assert!(hidden.unwrap().matter.finding.contains("40000.00 belongs"));
}

#[test]
fn what_is_known_and_what_is_less_is_no_case() {
    for (change, moved, at_most, note) in [
        (5_000_000, 50_000, 50_000, ""),
        (0, 0, 0, ""),
        (
            4_964_950,
            50_000,
            50_000,
            "fees and payouts are not booked by the day",
        ),
        (
            -90_000_000,
            50_000,
            50_000,
            "fees and payouts are not booked by the day",
        ),
        (
            5_000_000,
            20_000,
            50_000,
            "of what is known, some is counted on a day beside it",
        ),
    ] {
        let total = total(change, moved, at_most);
        assert_eq!(total.difference(), None, "{change}");
        assert!(total.agrees());
        assert_eq!(total.note(), note, "{change}");
    }
    // What is less than a rupiah is nobody's payment.
    assert!(total(99, 0, 0).agrees());
    assert!(!total(100, 0, 0).agrees());
}

fn days() -> Vec<Total> {
    let silent = Total {
        day: "2027-02-01".parse().unwrap(),
        compared: Err("the day is not over".into()),
    };
    vec![total(4_964_950, 50_000, 50_000), silent]
}

#[test]
fn a_table_has_a_line_for_each_day() {
    let text = totals(&days());
    let rows: Vec<&str> = text.lines().collect();
    assert!(
        rows[0].starts_with("day         opening balance  closing balance  change"),
        "{text}"
    );
    assert!(
        rows[1].starts_with("2027-01-31  962000.01        1011649.51       49649.50  50000.00"),
        "{text}"
    );
    assert!(
        rows[2].ends_with("not compared: the day is not over"),
        "{text}"
    );
    assert_eq!(rows.len(), 3);
}

#[test]
fn a_csv_takes_no_amount_for_a_formula() {
    let text = totals_csv(&days());
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        rows[1],
        "2027-01-31,962000.01,1011649.51,49649.50,50000.00,-350.50,fees and payouts are not booked by the day"
    );
    assert_eq!(rows[2], "2027-02-01,,,,,,not compared: the day is not over");
}

#[test]
fn a_line_for_the_log_says_all() {
    let [compared, silent] = &days()[..] else {
        panic!("there are two");
    };
    assert_eq!(
        compared.words(),
        "962000.01 at its beginning, 1011649.51 at its end, 50000.00 known to the history, -350.50 not explained: fees and payouts are not booked by the day"
    );
    assert_eq!(silent.words(), "not compared: the day is not over");
}
