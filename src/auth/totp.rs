//! One-time passwords by time (RFC 6238) over HMAC-SHA-1, 30 seconds and 6 digits: what every authenticator knows.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::fmt;
use subtle::ConstantTimeEq as _;

/// So many steps before and after are taken as well: clocks differ (RFC 6238, 5.2).
const SKEW: i64 = 1;
const DIGITS: u32 = 6;

/// The secret that an authenticator and Purser share: 20 bytes, as long as the hash (RFC 4226, 4).
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; 20]);

/// A text that is no such secret. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is 20 bytes in base32")]
pub struct NoSecret;

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl TotpSecret {
    /// How long a code stands.
    pub const STEP_SECONDS: i64 = 30;

    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// # Errors
    /// [`NoSecret`].
    pub fn parse(text: &str) -> Result<Self, NoSecret> {
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| NoSecret)?;
        bytes.try_into().map(Self).map_err(|_| NoSecret)
    }

    /// As authenticators are told it.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// As authenticators read it from a picture (Key URI Format).
    pub fn uri(&self, account: &str) -> String {
        format!(
            "otpauth://totp/Purser:{}?secret={}&issuer=Purser&algorithm=SHA1&digits=6&period=30",
            percent_encoded(account),
            self.base32()
        )
    }

    /// The code of this moment.
    pub fn code(&self, at: DateTime<Utc>) -> String {
        self.code_of(step_of(at), DIGITS)
    }

    /// The step whose code this is, where it is one of about now.
    pub fn verify(&self, code: &str, at: DateTime<Utc>) -> Option<i64> {
        let now = step_of(at);
        let mut found = None;
        // All of them, so that it takes as long whichever it is.
        for step in now - SKEW..=now + SKEW {
            let expected = self.code_of(step, DIGITS);
            if bool::from(expected.as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        found
    }

    fn code_of(&self, step: i64, digits: u32) -> String {
        let mut mac =
            Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        // Dynamic truncation (RFC 4226, 5.3).
        let offset = usize::from(hash[19] & 0x0f);
        let mut number = [0; 4];
        number.copy_from_slice(&hash[offset..offset + 4]);
        let number = u32::from_be_bytes(number) & 0x7fff_ffff;
        let width = digits as usize;
        format!("{:0width$}", number % 10_u32.pow(digits))
    }
}

fn step_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(TotpSecret::STEP_SECONDS)
}

/// Everything but unreserved characters as %XX (RFC 3986).
fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::{NoSecret, TotpSecret, step_of};
    use chrono::{DateTime, Utc};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn rfc() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    /// RFC 6238, appendix B: the vectors of SHA-1, which have 8 digits.
    #[test]
    fn the_codes_of_the_rfc_are_ours() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(rfc().code_of(step_of(at(seconds)), 8), code);
            assert_eq!(rfc().code(at(seconds)), code[2..]);
        }
    }

    #[test]
    fn a_code_stands_for_its_step_and_one_on_either_side() {
        let secret = rfc();
        let code = secret.code(at(59));
        for seconds in [0, 30, 59, 60, 89] {
            assert_eq!(secret.verify(&code, at(seconds)), Some(1), "{seconds}");
        }
        assert_eq!(secret.verify(&code, at(90)), None);
        for wrong in ["", "000000", "28708", "9428708", "２８７０８２"] {
            assert_eq!(secret.verify(wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_told_in_base32_and_never_printed() {
        let text = rfc().base32();
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(TotpSecret::parse(&text), Ok(rfc()));
        for wrong in ["", "GEZDGNBV", "1"] {
            assert_eq!(TotpSecret::parse(wrong), Err(NoSecret));
        }
        assert_eq!(format!("{:?}", rfc()), "[secret]");
        let uri = rfc().uri("a+b@c.id");
        assert!(uri.starts_with("otpauth://totp/Purser:a%2Bb%40c.id?secret=GEZD"));
    }
}
