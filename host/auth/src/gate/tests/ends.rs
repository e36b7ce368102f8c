//! How sign-ins end: by word, by time, with a role; and what goes on over a
//! restart.

use super::*;
use crate::roles::Roles;

fn refusal(scene: &Scene, token: &Secret) -> String {
    scene.gate.who(token.reveal()).unwrap_err().code
}

fn over(life: &Life) -> bool {
    life.is_over()
}

#[tokio::test]
async fn a_sign_in_goes_on_over_a_restart_and_ends_for_good() {
    let mut scene = Scene::new().await;
    let (one, two) = (scene.sign_in("root@pam").await, scene.sign_in("root@pam").await);
    scene.restart(roles()).await;
    let person = scene.gate.who(one.token.reveal()).unwrap();
    scene.gate.sign_out(&person).await.unwrap();
    assert!(over(&person.life));
    assert_eq!(refusal(&scene, &one.token), "auth-token-refused");
    let other = scene.gate.who(two.token.reveal()).unwrap();
    assert!(!over(&other.life), "another sign-in goes on");
    scene.gate.sign_out(&other).await.unwrap();
    scene.gate.sign_out(&other).await.unwrap();
    scene.restart(roles()).await;
    for token in [&one.token, &two.token] {
        assert_eq!(refusal(&scene, token), "auth-token-refused");
    }
    assert_eq!(scene.memory.count(Kind::SignIn), 0);
}

#[tokio::test]
async fn everywhere_ends_all_of_ones_own() {
    let mut scene = Scene::new().await;
    let mut alices = Vec::new();
    for _ in 0..3 {
        alices.push(scene.sign_in("alice@pam").await);
    }
    let bob = scene.sign_in("bob@pve").await;
    let alice = "alice@pam".parse().unwrap();
    let fault = scene.gate.sign_out_everywhere(&alice, &bob.person.caller).await.unwrap_err();
    assert_eq!(code(&fault), ("auth-not-yours", 403));
    let by = &alices[0].person.caller;
    assert_eq!(scene.gate.sign_out_everywhere(&alice, by).await.unwrap(), 3);
    assert_eq!(scene.gate.sign_out_everywhere(&alice, by).await.unwrap(), 0);
    assert!(alices.iter().all(|one| over(&one.person.life)));
    scene.restart(roles()).await;
    assert!(alices.iter().all(|one| refusal(&scene, &one.token) == "auth-token-refused"));
    let socket = root_at_socket();
    assert!(scene.gate.who(bob.token.reveal()).is_ok());
    let bobs = "bob@pve".parse().unwrap();
    assert_eq!(scene.gate.sign_out_everywhere(&bobs, &socket).await.unwrap(), 1);
    let last = scene.log.lines().pop().unwrap();
    assert_eq!(last, "uid:0: signed bob@pve out everywhere");
}

#[tokio::test]
async fn time_ends_a_sign_in_and_tells_so() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in("root@pam").await;
    let gate = scene.gate.clone();
    let watching = tokio::spawn(async move { gate.watch().await });
    tokio::task::yield_now().await;
    scene.clock.advance(8 * HOUR - Duration::from_secs(1));
    assert!(scene.gate.who(signed_in.token.reveal()).is_ok());
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(&scene, &signed_in.token), "auth-token-expired");
    assert!(scene.gate.sign_ins().is_empty());
    let mut life = signed_in.person.life.clone();
    while !life.is_over() {
        scene.clock.advance(Duration::from_secs(31));
        tokio::task::yield_now().await;
    }
    life.ended().await;
    watching.abort();
}

#[tokio::test]
async fn who_loses_or_changes_a_role_is_out_at_once() {
    let mut scene = Scene::new().await;
    let (root, alice, bob) = (
        scene.sign_in("root@pam").await,
        scene.sign_in("alice@pam").await,
        scene.sign_in("bob@pve").await,
    );
    let mut fewer = roles();
    fewer.users.remove(&"alice@pam".parse().unwrap());
    // Bob's other group has still one, but a lower one.
    fewer.groups.remove("ops");
    assert_eq!(scene.gate.set_roles(fewer.clone()).await.unwrap(), 2);
    assert!(over(&alice.person.life) && over(&bob.person.life) && !over(&root.person.life));
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
    assert!(scene.gate.who(root.token.reveal()).is_ok());
    assert_eq!(scene.sign_in("bob@pve").await.person.caller.role, Some(Role::Viewer));
    let fault = scene.refused(attempt("alice@pam", PASSWORD)).await;
    assert_eq!(code(&fault), ("auth-no-role", 403));
    // Also when they come back.
    scene.gate.set_roles(roles()).await.unwrap();
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
    scene.restart(roles()).await;
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
}

#[tokio::test]
async fn a_role_that_is_lost_over_a_restart_is_lost() {
    let mut scene = Scene::new().await;
    let (alice, bob) = (scene.sign_in("alice@pam").await, scene.sign_in("bob@pve").await);
    let mut others = roles();
    others.users.insert("alice@pam".parse().unwrap(), Role::Admin);
    others.groups.clear();
    scene.restart(others).await;
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused", "another role");
    assert_eq!(refusal(&scene, &bob.token), "auth-token-refused", "none");
    // Whoever has to know is told once, and it is written down.
    let gone = Arc::new(Gone::default());
    scene.gate.tell_departures(gone.clone()).await.unwrap();
    let mut told = gone.0.lock().unwrap().clone();
    told.sort();
    assert_eq!(told, ["user:alice@pam sign-in", "user:bob@pve sign-in"]);
    let written = scene.log.lines().join("\n");
    assert!(written.contains("user:bob@pve has another role now"), "{written}");
    assert_eq!(scene.memory.count(Kind::SignIn), 0);
    scene.restart(roles()).await;
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
}

#[tokio::test]
async fn one_account_holds_only_so_many_sign_ins() {
    let scene = Scene::new().await;
    let gone = Arc::new(Gone::default());
    scene.gate.tell_departures(gone.clone()).await.unwrap();
    let other = scene.sign_in("alice@pam").await;
    let mut tokens = Vec::new();
    for _ in 0..33 {
        tokens.push(scene.sign_in("root@pam").await);
        scene.clock.advance(Duration::from_secs(1));
    }
    assert!(over(&tokens[0].person.life) && !over(&tokens[1].person.life));
    assert!(!over(&other.person.life));
    assert_eq!(*gone.0.lock().unwrap(), ["user:root@pam sign-in"]);
    let written = scene.log.lines().join("\n");
    assert_eq!(written.matches("user:root@pam gave way to a newer sign-in").count(), 1);
    assert_eq!((scene.gate.sign_ins().len(), scene.memory.count(Kind::SignIn)), (33, 33));
}

#[tokio::test]
async fn a_ticket_stands_for_a_sign_in_once_and_dies_with_it() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in("root@pam").await;
    let refused = |ticket: &Secret| scene.gate.redeem(ticket.reveal()).unwrap_err().code;
    let ticket = scene.gate.ticket(&signed_in.person);
    let person: Person = scene.gate.redeem(ticket.reveal()).unwrap();
    assert_eq!(person.caller, signed_in.person.caller);
    assert_eq!(refused(&ticket), "auth-ticket-refused");
    let late = scene.gate.ticket(&signed_in.person);
    scene.clock.advance(Duration::from_secs(30));
    assert_eq!(refused(&late), "auth-ticket-refused");
    let orphan = scene.gate.ticket(&signed_in.person);
    assert!(scene.gate.who(orphan.reveal()).is_err(), "a ticket is no token");
    assert!(scene.gate.redeem(signed_in.token.reveal()).is_err(), "a token is no ticket");
    scene.gate.sign_out(&signed_in.person).await.unwrap();
    assert_eq!(refused(&orphan), "auth-ticket-refused");
    assert!(over(&person.life));
}

#[tokio::test]
async fn keys_that_sign_are_renewed_and_tokens_stay() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new().await;
    let ring = crate::Keyring::in_file(folder.path().join("keys.json"), NOW).unwrap();
    scene.gate.keyring.store(std::sync::Arc::new(ring));
    let before = scene.sign_in("root@pam").await;
    scene.gate.rotate().await.unwrap();
    let after = scene.sign_in("root@pam").await;
    let kid = |token: &Secret| jsonwebtoken::decode_header(token.reveal()).unwrap().kid.unwrap();
    assert_ne!(kid(&before.token), kid(&after.token));
    for token in [&before.token, &after.token] {
        assert!(scene.gate.who(token.reveal()).is_ok());
    }
}

#[tokio::test]
async fn what_changes_in_the_cluster_ends_what_rests_on_it() {
    let mut scene = Scene::new().await;
    let (bob, alice) = (scene.sign_in("bob@pve").await, scene.sign_in("alice@pam").await);
    let wanted = NewKey {
        name: "backup".to_owned(),
        role: Role::Operator,
        may_confirm: false,
        valid_for_days: None,
    };
    let key = scene.gate.make_key(wanted, &bob.person.caller).await.unwrap();
    scene.gate.look_again().await;
    assert!(!over(&bob.person.life) && !over(&alice.person.life), "nothing changed");
    let with_key = scene.gate.who(key.secret.reveal()).unwrap();
    // Bob leaves the group that made him an operator; Alice's account is disabled.
    scene.accounts.set("bob@pve", true, &["all"]);
    scene.accounts.set("alice@pam", false, &[]);
    scene.gate.look_again().await;
    assert!(over(&bob.person.life) && over(&alice.person.life) && over(&with_key.life));
    assert_eq!(refusal(&scene, &bob.token), "auth-token-refused");
    let lowered = scene.gate.who(key.secret.reveal()).unwrap();
    assert_eq!(lowered.caller.role, Some(Role::Viewer));
    scene.restart(roles()).await;
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
    assert_eq!(scene.memory.count(Kind::SignIn), 0);
    let lowered = scene.gate.who(key.secret.reveal()).unwrap();
    assert_eq!(lowered.caller.role, Some(Role::Viewer), "the old groups are not back");
}

#[tokio::test]
async fn what_changed_while_the_host_was_down_is_looked_at_first() {
    let mut scene = Scene::new().await;
    let alice = scene.sign_in("alice@pam").await;
    scene.accounts.set("alice@pam", false, &[]);
    scene.restart(roles()).await;
    assert!(scene.gate.who(alice.token.reveal()).is_ok(), "nobody has looked yet");
    let watched = scene.gate.watch();
    tokio::select! { biased; () = watched => {}, () = tokio::task::yield_now() => {} }
    assert_eq!(refusal(&scene, &alice.token), "auth-token-refused");
}

#[tokio::test]
async fn everywhere_leaves_nothing_behind_though_the_disk_fails_first() {
    let scene = Scene::new().await;
    let alices = [scene.sign_in("alice@pam").await, scene.sign_in("alice@pam").await];
    let alice = "alice@pam".parse().unwrap();
    scene.memory.break_down();
    let fault = scene.gate.sign_out_everywhere(&alice, &root_at_socket()).await.unwrap_err();
    assert_eq!(fault.code, "state-unusable");
    assert!(alices.iter().all(|one| over(&one.person.life)), "they are out all the same");
}

/// Remembers who has gone.
#[derive(Debug, Default)]
pub(super) struct Gone(std::sync::Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Departures for Gone {
    async fn ended(&self, principal: &Principal, shown: Option<&Shown>) {
        let which = match shown {
            None => "all",
            Some(Shown::Token(_)) => "sign-in",
            Some(Shown::Key { .. }) => "key",
        };
        self.0.lock().unwrap().push(format!("{principal} {which}"));
    }

    async fn roles_changed(&self) {
        self.0.lock().unwrap().push("roles".to_owned());
    }
}

#[tokio::test]
async fn whoever_has_to_know_is_told_who_went_and_not_of_whose_time_is_over() {
    let scene = Scene::new().await;
    let gone = Arc::new(Gone::default());
    scene.gate.tell_departures(gone.clone()).await.unwrap();
    let told = || std::mem::take(&mut *gone.0.lock().unwrap());
    let alice = scene.sign_in("alice@pam").await;
    scene.gate.sign_out(&alice.person).await.unwrap();
    assert_eq!(told(), ["user:alice@pam sign-in"]);
    let again = scene.sign_in("alice@pam").await;
    scene.sign_in("alice@pam").await;
    let account = "alice@pam".parse().unwrap();
    scene.gate.sign_out_everywhere(&account, &again.person.caller).await.unwrap();
    let everywhere = ["user:alice@pam sign-in", "user:alice@pam sign-in", "user:alice@pam all"];
    assert_eq!(told(), everywhere);
    scene.sign_in("alice@pam").await;
    scene.gate.set_roles(Roles::default()).await.unwrap();
    assert_eq!(told(), ["user:alice@pam sign-in", "roles"]);
    scene.clock.advance(9 * HOUR);
    scene.gate.prune().await;
    assert_eq!(told(), [""; 0]);
}

#[tokio::test]
async fn what_somebody_may_later_is_looked_up_then() {
    let scene = Scene::new().await;
    let owner = |principal: &str, shown: Option<Shown>| Owner {
        caller: Caller {
            principal: Principal(principal.to_owned()),
            door: jarvis_domain::Door::Api,
            role: Some(Role::Admin),
        },
        shown,
    };
    let token = || Some(Shown::Token("long-gone".to_owned()));
    let role = |owner: Owner| {
        let gate = scene.gate.clone();
        async move { gate.role_of(&owner).await.unwrap() }
    };
    let signed_in = scene.sign_in("root@pam").await;
    let has = signed_in.person.caller.role;
    assert!(has.is_some());
    assert_eq!(role(owner("user:root@pam", token())).await, has, "its sign-in may be over");
    for nobody in ["user:nobody@pam", "user:", "key:gone", "satellite:kitchen", "uid:x", ""] {
        assert_eq!(role(owner(nobody, None)).await, None, "{nobody}");
    }
    let key = Some(Shown::Key { id: "gone".to_owned(), may_confirm: true });
    assert_eq!(role(owner("key:backup", key)).await, None);
    scene.gate.set_roles(Roles::default()).await.unwrap();
    assert_eq!(role(owner("user:root@pam", token())).await, None);
}
