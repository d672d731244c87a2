//! Kubernetes' quantities in whole figures: no fraction is lost in our favour.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use purser_domain::worker::Capacity;

const MIB: u128 = 1024 * 1024;

pub(super) type Amounts = BTreeMap<String, Quantity>;

/// What somebody has: rounded down.
pub(super) fn had(amounts: Option<&Amounts>) -> Capacity {
    let milli = |name: &str| amounts.and_then(|all| all.get(name)).and_then(milli);
    Capacity {
        cpu_millicores: figure(milli("cpu").unwrap_or(0)),
        memory_mib: figure(milli("memory").unwrap_or(0) / 1_000 / MIB),
        pods: figure(milli("pods").unwrap_or(0) / 1_000),
    }
}

/// What somebody asks for: rounded up. Pods are counted by whoever asks.
pub(super) fn asked(amounts: Option<&Amounts>) -> Capacity {
    let milli = |name: &str| amounts.and_then(|all| all.get(name)).and_then(milli);
    Capacity {
        cpu_millicores: figure(milli("cpu").unwrap_or(0)),
        memory_mib: figure(milli("memory").unwrap_or(0).div_ceil(1_000).div_ceil(MIB)),
        pods: 0,
    }
}

/// An amount of bytes in whole MiB, rounded down.
pub(super) fn mib(quantity: &Quantity) -> Option<u32> {
    Some(figure(milli(quantity)? / 1_000 / MIB))
}

fn figure(figure: u128) -> u32 {
    u32::try_from(figure).unwrap_or(u32::MAX)
}

/// A quantity in thousandths, rounded up. None for a text that is none, or a negative one.
pub(super) fn milli(quantity: &Quantity) -> Option<u128> {
    let text = quantity.0.trim().trim_start_matches('+');
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let (times, over) = scale(suffix)?;
    Some(
        digits
            .checked_mul(times)?
            .div_ceil(over.checked_mul(parts)?),
    )
}

/// By what a suffix multiplies and divides, for thousandths.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    let binary = |power: u32| Some((1_000 * 1_024_u128.pow(power), 1));
    let decimal = |power: u32| Some((10_u128.checked_pow(power)?, 1));
    match suffix {
        "n" => Some((1, 1_000_000)),
        "u" => Some((1, 1_000)),
        "m" => Some((1, 1)),
        "" => decimal(3),
        "k" => decimal(6),
        "M" => decimal(9),
        "G" => decimal(12),
        "T" => decimal(15),
        "P" => decimal(18),
        "E" => decimal(21),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = power.checked_add(3)?;
            let size = 10_u128.checked_pow(power.unsigned_abs())?;
            Some(if power < 0 { (1, size) } else { (size, 1) })
        }
    }
}
