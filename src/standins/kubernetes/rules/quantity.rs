//! Quantities such as `500m`, `1536Mi` or `2`, counted in thousandths.

const BINARY: [(&str, u32); 6] = [
    ("Ki", 1),
    ("Mi", 2),
    ("Gi", 3),
    ("Ti", 4),
    ("Pi", 5),
    ("Ei", 6),
];
const DECIMAL: [(&str, u32); 6] = [("k", 1), ("M", 2), ("G", 3), ("T", 4), ("P", 5), ("E", 6)];

/// The quantity in thousandths, rounded up.
pub(in super::super) fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let (digits, unit) = text.split_at(
        text.find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(text.len()),
    );
    let scale: i128 = if unit.is_empty() {
        1000
    } else if unit == "m" {
        1
    } else if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == unit) {
        1000 * 1024_i128.pow(*power)
    } else if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == unit) {
        1000 * 1000_i128.pow(*power)
    } else {
        let power: u32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
        1000_i128.checked_mul(10_i128.checked_pow(power)?)?
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let negative = whole.starts_with('-');
    let whole: i128 = if matches!(whole, "" | "-" | "+") {
        0
    } else {
        whole.parse().ok()?
    };
    let mut amount = whole.abs().checked_mul(scale)?;
    if !fraction.is_empty() {
        let digits = u32::try_from(fraction.len())
            .ok()
            .filter(|digits| *digits <= 18)?;
        let parts: i128 = fraction.parse().ok().filter(|parts: &i128| *parts >= 0)?;
        let base = 10_i128.pow(digits);
        amount += (parts.checked_mul(scale)? + base - 1) / base;
    }
    Some(if negative { -amount } else { amount })
}

/// Thousandths in canonical form; `binary` prefers `Mi` and its kin.
pub(in super::super) fn format(thousandths: i128, binary: bool) -> String {
    if thousandths % 1000 != 0 {
        return format!("{thousandths}m");
    }
    let amount = thousandths / 1000;
    if amount == 0 {
        return "0".into();
    }
    let (base, units): (i128, _) = if binary {
        (1024, BINARY)
    } else {
        (1000, DECIMAL)
    };
    let unit = units
        .iter()
        .rev()
        .find(|(_, power)| amount % base.pow(*power) == 0);
    match unit {
        Some((name, power)) => format!("{}{name}", amount / base.pow(*power)),
        None => amount.to_string(),
    }
}

/// Whether a resource of this name is counted in bytes.
pub(in super::super) fn is_bytes(resource: &str) -> bool {
    resource.ends_with("memory") || resource.ends_with("storage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_their_value_and_are_written_canonically() {
        for (text, binary, canonical) in [
            ("500m", false, "500m"),
            ("1.5", false, "1500m"),
            ("1.5Gi", true, "1536Mi"),
            ("2048Mi", true, "2Gi"),
            ("2", false, "2"),
            ("1000m", false, "1"),
            ("0", true, "0"),
            ("1e3", false, "1k"),
        ] {
            let parsed = parse(text).expect(text);
            assert_eq!(format(parsed, binary), canonical, "{text}");
        }
        assert!(parse("a lot").is_none() && parse("").is_none() && parse("1Zi").is_none());
    }
}
