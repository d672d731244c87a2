//! A comparison for people and for spreadsheets.

use super::{Line, Total};
use std::fmt::Write as _;

const COLUMNS: [&str; 11] = [
    "order",
    "transaction",
    "gateway status",
    "gateway paid",
    "gateway returned",
    "credited",
    "returned",
    "ledger",
    "wallet",
    "statement",
    "differences",
];

const TOTAL_COLUMNS: [&str; 7] = [
    "day",
    "opening balance",
    "closing balance",
    "change",
    "known to the history",
    "not explained",
    "note",
];

fn cells(line: &Line) -> [String; 11] {
    let found = line.differences.iter();
    let found: Vec<&str> = found.map(|one| one.matter.finding.as_str()).collect();
    [
        line.order_id.clone(),
        line.transaction_id.clone().unwrap_or_default(),
        line.status.clone().unwrap_or_default(),
        line.gateway_paid.to_string(),
        line.gateway_returned.to_string(),
        line.credited.to_string(),
        line.returned.to_string(),
        line.ledger.to_string(),
        line.wallet.to_string(),
        match line.statement {
            Some(statement) => statement.to_string(),
            None => "not compared".into(),
        },
        found.join("; "),
    ]
}

fn total_cells(total: &Total) -> [String; 7] {
    let amounts = total.compared.as_ref().ok().map(|compared| {
        let not_explained = compared.not_explained();
        [
            compared.opening,
            compared.closing,
            compared.change(),
            compared.known,
            not_explained,
        ]
        .map(|amount| amount.to_string())
    });
    let [opening, closing, change, known, not_explained] = amounts.unwrap_or_default();
    let day = total.day.to_string();
    let note = total.note();
    [day, opening, closing, change, known, not_explained, note]
}

/// The rows, in columns that stand below one another.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut cells = row.iter().zip(widths).map(|(cell, width)| {
            let pad = width - cell.chars().count();
            format!("{cell}{}", " ".repeat(pad))
        });
        let mut written = cells.next().unwrap_or_default();
        for cell in cells {
            written.push_str("  ");
            written.push_str(&cell);
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

/// Columns that stand below one another, and what it comes to.
pub fn table(lines: &[Line]) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(lines.iter().map(cells));
    let mut text = aligned(&rows);
    let found: usize = lines.iter().map(|line| line.differences.len()).sum();
    let open = lines.iter().filter(|line| line.statement.is_none()).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} lines, {found} differences; the gateway's fees are not compared",
        lines.len()
    );
    if open > 0 {
        let _ = writeln!(
            text,
            "the statements of {open} lines are behind the history and were not compared: repeat it later"
        );
    }
    text
}

/// The gateway's balance day by day.
pub fn totals(totals: &[Total]) -> String {
    let mut rows = vec![TOTAL_COLUMNS.map(str::to_owned)];
    rows.extend(totals.iter().map(total_cells));
    aligned(&rows)
}

/// The lines as RFC 4180 has them.
pub fn csv(lines: &[Line]) -> String {
    separated(COLUMNS, lines.iter().map(cells))
}

/// The days as RFC 4180 has them.
pub fn totals_csv(totals: &[Total]) -> String {
    separated(TOTAL_COLUMNS, totals.iter().map(total_cells))
}

fn separated<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut text = String::new();
    for row in std::iter::once(columns.map(str::to_owned)).chain(rows) {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    // A spreadsheet takes a cell that begins like a formula for one.
    let formula = cell.starts_with(['=', '+', '-', '@']) && !is_amount(cell);
    let cell = if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// Digits with a sign and a point at most.
fn is_amount(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let parts = digits.split_once('.').unwrap_or((digits, "0"));
    [parts.0, parts.1]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
