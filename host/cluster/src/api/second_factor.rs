//! The answer to the challenge of a second factor. Whoever signs in types a
//! code and does not say of which kind: its form tells, as
//! `TfaResponse::from_str` of proxmox-tfa takes it.

use jarvis_domain::identity::Secret;

/// A recovery key is shown as `{:04x}-{:04x}-{:04x}-{:04x}` (proxmox-tfa).
const RECOVERY_GROUPS: usize = 4;
/// What a YubiKey types: 32 to 48 letters of its own alphabet (Yubico OTP).
const YUBICO: std::ops::RangeInclusive<usize> = 32..=48;
const MODHEX: &str = "cbdefghijklnrtuv";

/// `totp:123456`, `recovery:…` or `yubico:…`.
pub(super) fn answer(code: &Secret) -> Secret {
    let code = code.reveal().trim();
    let kind = if is_recovery_key(code) {
        "recovery"
    } else if YUBICO.contains(&code.len()) && code.chars().all(|c| MODHEX.contains(c)) {
        "yubico"
    } else {
        "totp"
    };
    // Apps show codes in groups.
    let code = if kind == "totp" { code.replace(' ', "") } else { code.to_owned() };
    Secret::new(format!("{kind}:{code}"))
}

fn is_recovery_key(code: &str) -> bool {
    let is_group = |group: &str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
    code.split('-').count() == RECOVERY_GROUPS && code.split('-').all(is_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_by_its_form_what_it_is() {
        let touched = "cccccckdvvulgjvtkjdhtlrbjjctggdihuevikehtlil";
        for (code, expected) in [
            ("123456", "totp:123456".to_owned()),
            (" 123 456\n", "totp:123456".to_owned()),
            ("12af-0000-beef-ffff", "recovery:12af-0000-beef-ffff".to_owned()),
            ("12af-0000-beef", "totp:12af-0000-beef".to_owned()),
            ("12af-0000-beef-fffg", "totp:12af-0000-beef-fffg".to_owned()),
            (touched, format!("yubico:{touched}")),
            ("", "totp:".to_owned()),
        ] {
            assert_eq!(answer(&Secret::new(code)).reveal(), expected, "{code:?}");
        }
    }
}
