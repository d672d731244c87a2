//! A comparison for people and for spreadsheets.

use super::Line;
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

/// Columns that stand below one another, and what it comes to.
pub fn table(lines: &[Line]) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(lines.iter().map(cells));
    let mut widths = [0; 11];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
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

/// The same as RFC 4180 has it.
pub fn csv(lines: &[Line]) -> String {
    let mut text = String::new();
    let header = COLUMNS.map(str::to_owned);
    for row in std::iter::once(header).chain(lines.iter().map(cells)) {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    // A spreadsheet takes a cell that begins like a formula for one.
    let formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<i64>().is_err();
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
