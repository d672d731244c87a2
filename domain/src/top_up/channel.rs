//! How a top-up was paid, as far as it matters for what may still happen to the money. Windows and parts are Midtrans'
//! own rules; a wish that the gateway refuses all the same is given up with its words.

use serde::{Deserialize, Serialize};

/// A way of paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Card,
    Gopay,
    /// The payer's app and the merchant's code belong to the same company.
    Qris,
    QrisOffUs,
    Shopeepay,
    Dana,
    Ovo,
    Kredivo,
    Akulaku,
    VirtualAccount,
    PermataVa,
    MandiriBill,
    Indomaret,
    Alfamart,
    /// One that this build does not know: nothing is assumed of it.
    Unknown,
}

/// How a payment can be sent back through the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundRule {
    /// Within so many days of its settlement; `None` where the gateway names no end.
    pub days: Option<i64>,
    /// Whether less than the whole can be sent back.
    pub in_part: bool,
}

impl Channel {
    /// From the gateway's words: the type of the payment, and the bank, the store or the side that it names besides.
    pub fn of(payment_type: &str, place: Option<&str>) -> Self {
        match (payment_type, place) {
            ("credit_card", _) => Self::Card,
            ("gopay", _) => Self::Gopay,
            ("qris", Some("off-us")) => Self::QrisOffUs,
            ("qris", _) => Self::Qris,
            ("shopeepay", _) => Self::Shopeepay,
            ("dana", _) => Self::Dana,
            ("ovo", _) => Self::Ovo,
            ("kredivo", _) => Self::Kredivo,
            ("akulaku", _) => Self::Akulaku,
            ("bank_transfer", Some("permata")) => Self::PermataVa,
            ("bank_transfer", _) => Self::VirtualAccount,
            ("echannel", _) => Self::MandiriBill,
            ("cstore", Some("indomaret")) => Self::Indomaret,
            ("cstore", _) => Self::Alfamart,
            _ => Self::Unknown,
        }
    }

    /// Whether a settled payment may be reported back as unpaid some minutes later (billing rule 35).
    pub const fn is_reversible(self) -> bool {
        matches!(self, Self::PermataVa | Self::MandiriBill | Self::Indomaret)
    }

    /// `None` where money goes back by hand only (billing rule 36).
    pub fn refund_rule(self) -> Option<RefundRule> {
        let within = |days, in_part| {
            Some(RefundRule {
                days: Some(days),
                in_part,
            })
        };
        match self {
            Self::Card | Self::Akulaku => Some(RefundRule {
                days: None,
                in_part: true,
            }),
            Self::Gopay | Self::Qris | Self::Dana => within(45, true),
            Self::QrisOffUs => within(7, true),
            Self::Kredivo => within(14, true),
            Self::Shopeepay => within(365, false),
            Self::Ovo => within(7, false),
            Self::VirtualAccount
            | Self::PermataVa
            | Self::MandiriBill
            | Self::Indomaret
            | Self::Alfamart
            | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, RefundRule};
    use crate::story::stored_as;

    #[test]
    fn the_gateways_words_name_the_channel() {
        for (payment_type, place, channel) in [
            ("credit_card", Some("bni"), Channel::Card),
            ("qris", Some("on-us"), Channel::Qris),
            ("qris", None, Channel::Qris),
            ("qris", Some("off-us"), Channel::QrisOffUs),
            ("bank_transfer", Some("bca"), Channel::VirtualAccount),
            ("bank_transfer", Some("permata"), Channel::PermataVa),
            ("echannel", None, Channel::MandiriBill),
            ("cstore", Some("indomaret"), Channel::Indomaret),
            ("cstore", Some("alfamart"), Channel::Alfamart),
            ("cowrie", None, Channel::Unknown),
        ] {
            assert_eq!(Channel::of(payment_type, place), channel, "{payment_type}");
        }
    }

    #[test]
    fn three_channels_take_settled_money_back() {
        for channel in [Channel::PermataVa, Channel::MandiriBill, Channel::Indomaret] {
            assert!(channel.is_reversible(), "{channel:?}");
            assert_eq!(channel.refund_rule(), None);
        }
        for channel in [Channel::VirtualAccount, Channel::Alfamart, Channel::Qris] {
            assert!(!channel.is_reversible(), "{channel:?}");
        }
    }

    #[test]
    fn what_can_be_sent_back_has_its_window() {
        let rule = |days, in_part| Some(RefundRule { days, in_part });
        assert_eq!(Channel::Qris.refund_rule(), rule(Some(45), true));
        assert_eq!(Channel::QrisOffUs.refund_rule(), rule(Some(7), true));
        assert_eq!(Channel::Shopeepay.refund_rule(), rule(Some(365), false));
        assert_eq!(Channel::Card.refund_rule(), rule(None, true));
        assert_eq!(Channel::Unknown.refund_rule(), None);
    }

    #[test]
    fn channels_keep_their_stored_words() {
        stored_as(&[
            (Channel::Card, "card"),
            (Channel::QrisOffUs, "qris_off_us"),
            (Channel::VirtualAccount, "virtual_account"),
            (Channel::PermataVa, "permata_va"),
            (Channel::MandiriBill, "mandiri_bill"),
            (Channel::Unknown, "unknown"),
        ]);
    }
}
