use purser_domain::{
    Rupiah,
    document::{Content, Matter, Seller},
};

/// Who issues paper, and from which sum on the law wants a stamp on a receipt.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub seller: Seller,
    /// Receipts of more than this need an e-meterai (billing rule 28).
    pub e_meterai_above: Rupiah,
    /// For how many years after that of its date the names on paper are kept.
    pub kept_years: u32,
}

impl Issuer {
    /// Whether this needs a stamp.
    pub fn stamps(&self, content: &Content) -> bool {
        matches!(content.matter, Matter::TopUp(_)) && content.total > self.e_meterai_above
    }
}
