use std::os::unix::fs::PermissionsExt;

use super::*;

const NOW: Timestamp = Timestamp(1_795_468_823_000);
const HOUR: Duration = Duration::from_secs(3600);

fn kids(ring: &Keyring) -> Vec<String> {
    ring.keys.iter().map(|key| key.kid.clone()).collect()
}

#[test]
fn a_secret_is_one_key_for_good() {
    let secret = Secret::new("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    let ring = Keyring::from_secret(&secret).unwrap();
    let again = Keyring::from_secret(&secret).unwrap();
    assert_eq!(kids(&ring), kids(&again));
    let later = NOW.plus(RENEWED_AFTER * 100);
    assert!(!ring.is_due(later) && ring.renewed(later, HOUR).unwrap().is_none());
    assert!(!format!("{ring:?}").contains("9f86d081"));
    assert!(Keyring::from_secret(&Secret::new("your-secret-key")).is_err());
}

#[test]
fn keys_of_our_own_are_kept_and_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token-keys.json");
    let first = Keyring::in_file(path.clone(), NOW).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(kids(&Keyring::in_file(path.clone(), NOW).unwrap()), kids(&first));
    let day_30 = NOW.plus(RENEWED_AFTER);
    assert!(!first.is_due(NOW) && first.is_due(day_30));
    let second = first.renewed(day_30, HOUR).unwrap().unwrap();
    assert_eq!(second.keys.len(), 2);
    assert_eq!(second.keys[0].kid, kids(&first)[0], "the old one verifies on");
    let third = second.renewed(day_30.plus(HOUR), HOUR).unwrap().unwrap();
    assert_eq!(third.keys.len(), 2, "the first one's tokens are over");
    assert_eq!(third.keys[0].kid, kids(&second)[1]);
    assert_eq!(kids(&Keyring::in_file(path, NOW).unwrap()), kids(&third));
}

#[test]
fn a_file_that_is_not_for_us_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token-keys.json");
    Keyring::in_file(path.clone(), NOW).unwrap();
    let good = std::fs::read_to_string(&path).unwrap();
    let refused = |why: &str| {
        let error = Keyring::in_file(path.clone(), NOW).unwrap_err();
        assert!(matches!(error, AuthError::KeyFile { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    };
    for mode in [0o640, 0o604, 0o620] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        refused("others than its owner");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (text, why) in [
        ("", "line 1"),
        ("{\"keys\": []}", "no key"),
        ("{\"keys\": [{\"secret\": \"00\", \"made\": 1}]}", "not one"),
        ("{\"keys\": [], \"more\": 1}", "line 1"),
    ] {
        std::fs::write(&path, text).unwrap();
        refused(why);
    }
    std::fs::remove_file(&path).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, good).unwrap();
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    refused("symbolic links");
}
