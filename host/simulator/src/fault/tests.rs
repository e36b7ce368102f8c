//! What may be said, and what may not.

use super::*;

#[test]
fn faults_are_read_from_their_words() {
    let vmid = |n: u32| Vmid::try_from(n).unwrap();
    let cases: [(&[&str], Fault); 16] = [
        (&["https", "ok"], Fault::Https { node: None, how: None }),
        (
            &["https", "slow", "250", "pve2"],
            Fault::Https { node: Some("pve2".parse().unwrap()), how: Some(DoorTrouble::Slow(250)) },
        ),
        (&["certificate", "home", "new"], Fault::Certificate { node: "home".parse().unwrap() }),
        (&["tickets", "expire"], Fault::Tickets),
        (&["ssh", "ok"], Fault::Ssh { node: None, how: None }),
        (
            &["ssh", "drop", "pve2"],
            Fault::Ssh { node: Some("pve2".parse().unwrap()), how: Some(SshTrouble::Drop) },
        ),
        (&["hostkey", "home", "new"], Fault::HostKey { node: "home".parse().unwrap() }),
        (
            &["node", "pve3", "apt", "broken"],
            Fault::Apt { node: "pve3".parse().unwrap(), how: Some(AptTrouble::Broken) },
        ),
        (&["node", "pve3", "down"], Fault::Node { node: "pve3".parse().unwrap(), down: true }),
        (&["quorum", "back"], Fault::Quorum { lost: false }),
        (
            &["pvesh", "lose-upid", "create"],
            Fault::Pvesh { how: Some(Misbehaviour::LoseUpid), only: Some("create".to_owned()) },
        ),
        (
            &["task", "102", "no space left"],
            Fault::Task {
                guest: vmid(102),
                next: Some(NextTask::Fails("no space left".to_owned())),
            },
        ),
        (
            &["guest", "102", "name", "--x \"y\"\n"],
            Fault::Name { guest: vmid(102), name: "--x \"y\"\n".to_owned() },
        ),
        (&["somebody", "102", "stop"], Fault::Somebody { guest: vmid(102), does: Deed::Stop }),
        (&["calls"], Fault::Calls),
        (&["truth"], Fault::Truth),
    ];
    for (words, fault) in cases {
        assert_eq!(Fault::parse(words), Ok(fault), "{words:?}");
    }
}

#[test]
fn words_that_name_no_fault_list_what_may_be_said() {
    let cases: [&[&str]; 17] = [
        &["ssh"],
        &["ssh", "sulk"],
        &["ssh", "hang", "home", "pve2"],
        &["hostkey", "home"],
        &["https"],
        &["https", "sulk"],
        &["https", "slow", "-1"],
        &["https", "hang", "home", "pve2"],
        &["certificate", "home"],
        &["node", "pve3", "apt", "sulk"],
        &[],
        &["node", "pve3"],
        &["pvesh", "sulk"],
        &["task", "102"],
        &["task", "102", ""],
        &["x"],
        &["somebody", "102", "sulk"],
    ];
    for words in cases {
        let error = Fault::parse(words).unwrap_err().to_string();
        assert!(error.contains("quorum lost|back"), "{error}");
    }
    assert_eq!(Fault::parse(&["worker", "7", "go"]), Err(BadFault::Guest("7".to_owned())));
    assert_eq!(Fault::parse(&["node", "-", "up"]), Err(BadFault::Node("-".to_owned())));
}
