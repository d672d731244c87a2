use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

#[test]
fn a_percentage_is_whole_and_rounded_down() {
    assert_eq!(percent_of(399, 500), 79);
    assert_eq!(percent_of(400, 500), 80);
    assert_eq!(percent_of(1_000, 500), 200);
    assert_eq!(percent_of(1, 0), 100);
}

#[test]
fn figures_of_this_moment_are_there_while_somebody_measures() {
    let never = Sampling::default();
    assert_eq!(never.trouble(at(0)), Some(UsageTrouble::NotMeasuredYet));
    let good = Sampling {
        succeeded_at: Some(at(60)),
        due_by: Some(at(240)),
        ..never
    };
    assert_eq!(good.trouble(at(240)), None);
    assert_eq!(good.trouble(at(241)), Some(UsageTrouble::MeasuringStopped));
    let bad = Sampling {
        trouble: Some(UsageTrouble::MetricsApiMissing),
        ..good
    };
    assert_eq!(bad.trouble(at(61)), Some(UsageTrouble::MetricsApiMissing));
}
