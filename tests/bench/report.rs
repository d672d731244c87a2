//! Medians, as tables in Markdown.

use crate::{CALLERS, load::Load};
use std::{collections::BTreeMap, fmt::Write as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    New,
    Purchase,
    Hot,
}

impl Work {
    const ALL: [Self; 3] = [Self::New, Self::Purchase, Self::Hot];

    fn name(self) -> &'static str {
        match self {
            Self::New => "new streams (1 event)",
            Self::Purchase => "purchases (7 streams, 5 events)",
            Self::Hot => "one hot stream (1 event)",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contestant {
    Purser,
    Raw,
    Bare,
}

/// Every load of every round.
pub(crate) struct Results {
    raw: &'static str,
    loads: BTreeMap<(Work, usize, Contestant), Vec<Load>>,
}

impl Results {
    pub(crate) fn new(raw: &'static str) -> Self {
        Self {
            raw,
            loads: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, work: Work, callers: usize, contestant: Contestant, load: Load) {
        let loads = self.loads.entry((work, callers, contestant)).or_default();
        loads.push(load);
    }

    /// The load whose rate is the median of the rounds.
    fn median(&self, work: Work, callers: usize, contestant: Contestant) -> Option<Load> {
        let mut loads = self.loads.get(&(work, callers, contestant))?.clone();
        loads.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        loads.get(loads.len() / 2).copied()
    }

    /// Decisions a second. The yardstick is the raw insert with as many callers.
    pub(crate) fn rates(&self) -> String {
        let mut table = format!(
            "Decisions a second (medians):\n\n\
             | decisions on | callers | Purser | {raw}, 1 row a commit | Purser / raw | bare cqrs-es + postgres-es | \
             Purser / bare | conflicts of bare a decision |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
            raw = self.raw
        );
        for (work, callers) in rows() {
            let rate = |work, contestant| {
                self.median(work, callers, contestant)
                    .map(|load| load.per_second)
            };
            let ours = rate(work, Contestant::Purser);
            let raw = rate(Work::New, Contestant::Raw);
            let bare = self.median(work, callers, Contestant::Bare);
            let bare_rate = bare.map(|load| load.per_second);
            let retries = bare.map(|load| load.retries);
            let _ = writeln!(
                table,
                "| {} | {callers} | {} | {} | {} | {} | {} | {} |",
                work.name(),
                whole(ours),
                whole(raw),
                times(ours, raw),
                whole(bare_rate),
                times(ours, bare_rate),
                decimal(retries),
            );
        }
        table
    }

    /// How long a caller waits for its answer.
    pub(crate) fn latencies(&self) -> String {
        let mut table = String::from(
            "Milliseconds until a decision is answered, p50 / p99 (of the median round):\n\n\
             | decisions on | callers | Purser | bare cqrs-es + postgres-es |\n\
             | --- | ---: | ---: | ---: |\n",
        );
        for (work, callers) in rows() {
            let latency = |contestant| {
                let load = self.median(work, callers, contestant);
                load.and_then(|load| load.latency)
                    .map_or("–".into(), |times| {
                        format!("{:.1} / {:.1}", times.p50, times.p99)
                    })
            };
            let _ = writeln!(
                table,
                "| {} | {callers} | {} | {} |",
                work.name(),
                latency(Contestant::Purser),
                latency(Contestant::Bare)
            );
        }
        table
    }
}

fn rows() -> impl Iterator<Item = (Work, usize)> {
    Work::ALL
        .into_iter()
        .flat_map(|work| CALLERS.map(|callers| (work, callers)))
}

/// A number with its thousands set apart.
pub(crate) fn whole(number: Option<f64>) -> String {
    let Some(number) = number else {
        return "–".into();
    };
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn decimal(number: Option<f64>) -> String {
    number.map_or("–".into(), |number| format!("{number:.1}"))
}

fn times(one: Option<f64>, other: Option<f64>) -> String {
    let quotient = one.zip(other).map(|(one, other)| one / other);
    quotient.map_or("–".into(), |quotient| format!("{quotient:.2} ×"))
}
