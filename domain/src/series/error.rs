use crate::rejection::rejection;
use chrono::NaiveDate;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("the next number is {next}")]
    NotNext { next: u32 },
    #[error("the last number is of {last}, and dates never step back")]
    StepsBack { last: NaiveDate },
}

rejection!(SeriesError {
    NotNext => "series.not_next" Conflict,
    StepsBack => "series.steps_back" Conflict,
});
