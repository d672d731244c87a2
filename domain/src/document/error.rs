use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("there is no such document")]
    NotFound,
    #[error("nothing was paid, so there is nothing to put on paper")]
    NoAmount,
    #[error("only of an invoice something is given back")]
    NoInvoice,
    #[error("no more of an invoice can be given back than it is over")]
    MoreThanInvoiced,
    #[error("the number is of a series of another kind of document")]
    AnotherSeries,
}

rejection!(DocumentError {
    NotFound => "document.not_found" NotFound,
    NoAmount => "document.no_amount" Invalid,
    NoInvoice => "document.no_invoice" Invalid,
    MoreThanInvoiced => "document.more_than_invoiced" Conflict,
    AnotherSeries => "document.another_series" Invalid,
});
