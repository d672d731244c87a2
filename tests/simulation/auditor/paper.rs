//! Paper: numbers without a gap, one receipt for everything credited, no invoice without its charge and none twice.

use super::Auditor;
use purser_domain::{
    document::{DocumentEvent, Matter},
    ids::ChargeId,
    series::SeriesEvent,
};
use std::collections::{BTreeSet, HashMap};

#[derive(Default)]
pub(super) struct Papers {
    /// The last number of each series.
    series: HashMap<String, u32>,
    unnumbered: BTreeSet<String>,
    invoiced: HashMap<ChargeId, i64>,
    /// What the receipts of a top-up come to.
    receipts: HashMap<String, i64>,
}

impl Papers {
    /// What is wrong with it.
    pub(super) fn numbers(&mut self, id: &str, fact: &SeriesEvent) -> Option<String> {
        let SeriesEvent::Numbered { number, .. } = fact;
        let last = self.series.insert(id.to_owned(), *number).unwrap_or(0);
        (*number != last + 1).then(|| format!("{number} follows on {last} in {id}"))
    }

    /// What is wrong with it.
    pub(super) fn folds(&mut self, id: &str, fact: &DocumentEvent) -> Option<String> {
        match fact {
            DocumentEvent::Issued { content, .. } => {
                self.unnumbered.insert(id.to_owned());
                let total = content.total.get();
                match &content.matter {
                    Matter::TopUp(paid) => {
                        let sum = self.receipts.entry(paid.top_up_id.to_string());
                        *sum.or_default() += total;
                    }
                    Matter::Period(billed) => {
                        let twice = self.invoiced.insert(billed.charge_id, total);
                        return twice.map(|_| format!("{} is invoiced twice", billed.charge_id));
                    }
                    Matter::Return(_) => {}
                }
            }
            DocumentEvent::Numbered { .. } => {
                self.unnumbered.remove(id);
            }
            DocumentEvent::Credited { .. } => {}
        }
        None
    }
}

impl Auditor {
    pub(super) fn audit_paper(&mut self) {
        let mut found = Vec::new();
        if !self.papers.unnumbered.is_empty() {
            found.push(format!("without a number: {:?}", self.papers.unnumbered));
        }
        let charges = self.purses.charges();
        for (charge, total) in &self.papers.invoiced {
            match charges.get(charge) {
                Some(charged) if total <= charged => {}
                charged => found.push(format!("{charge} of {charged:?} is invoiced with {total}")),
            }
        }
        for (top_up, (credited, _)) in self.purses.top_ups() {
            let receipts = self.papers.receipts.get(top_up).copied().unwrap_or(0);
            if receipts != *credited {
                found.push(format!(
                    "{top_up}: {credited} credited, {receipts} on receipts"
                ));
            }
        }
        self.findings.extend(found);
    }
}
