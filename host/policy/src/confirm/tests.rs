use super::*;
use crate::sample::caller;
use jarvis_domain::Principal;

const KEY: Credential = Credential::Key { may_confirm: false };
const CONFIRMING_KEY: Credential = Credential::Key { may_confirm: true };

fn command() -> CommandName {
    "vm-lifecycle.stop".parse().unwrap()
}

fn other(door: Door, role: Role) -> Caller {
    Caller { principal: Principal("user:bob@pam".to_owned()), ..caller(door, role) }
}

/// Whether `answerer`'s yes counts for a command that alice asked for.
fn counts(
    (door, credential, origin): (Door, Credential, Origin),
    answerer: &Caller,
    by: Credential,
    proved: bool,
) -> Result<(), Uncounted> {
    let command = command();
    let asker = caller(door, Role::Operator);
    let asked =
        Asked { command: &command, caller: &asker, credential, origin, needs: Role::Operator };
    let answer = Answerer { caller: answerer, credential: by, origin: Origin::Typed, proved };
    may_confirm(&asked, &answer)
}

#[test]
fn the_caller_confirms_through_the_same_door() {
    use Credential::Person;
    let alice = |door| caller(door, Role::Operator);
    let typed = (Door::Cli, Person, Origin::Typed);
    assert_eq!(counts(typed, &alice(Door::Cli), Person, false), Ok(()));
    assert_eq!(counts(typed, &alice(Door::Api), Person, false), Err(Uncounted::Stranger));
    assert_eq!(
        counts(typed, &other(Door::Cli, Role::Admin), Person, false),
        Err(Uncounted::Stranger)
    );
    // A person may confirm what a model chose for them.
    let chosen = (Door::Api, Person, Origin::Model);
    assert_eq!(counts(chosen, &alice(Door::Api), Person, false), Ok(()));
    let lost = caller(Door::Cli, Role::Viewer);
    assert_eq!(counts(typed, &lost, Person, false), Err(Uncounted::Role { needs: Role::Operator }));
    let nobody = caller(Door::Cli, None);
    assert_eq!(
        counts(typed, &nobody, Person, false),
        Err(Uncounted::Role { needs: Role::Operator })
    );
}

#[test]
fn a_spoken_yes_has_to_repeat() {
    use Credential::Person;
    let spoken = (Door::Voice, Person, Origin::Template);
    let alice = caller(Door::Voice, Role::Operator);
    assert_eq!(counts(spoken, &alice, Person, false), Err(Uncounted::Bare));
    assert_eq!(counts(spoken, &alice, Person, true), Ok(()));
    assert_eq!(
        counts(spoken, &other(Door::Voice, Role::Admin), Person, true),
        Err(Uncounted::Stranger)
    );
}

#[test]
fn keys_confirm_only_with_the_right_and_never_for_models() {
    let alice = caller(Door::Api, Role::Operator);
    for (asked, by, expected) in [
        ((Door::Api, CONFIRMING_KEY, Origin::Typed), CONFIRMING_KEY, Ok(())),
        ((Door::Api, CONFIRMING_KEY, Origin::Template), CONFIRMING_KEY, Ok(())),
        (
            (Door::Api, CONFIRMING_KEY, Origin::Model),
            CONFIRMING_KEY,
            Err(Uncounted::Key("what a model or an MCP client chose")),
        ),
        (
            (Door::Mcp, CONFIRMING_KEY, Origin::Typed),
            CONFIRMING_KEY,
            Err(Uncounted::Key("what a model or an MCP client chose")),
        ),
        (
            (Door::Api, KEY, Origin::Typed),
            KEY,
            Err(Uncounted::Key("anything: it was made without that right")),
        ),
    ] {
        assert_eq!(counts(asked, &alice, by, false), expected, "{asked:?}");
    }
    let bob = other(Door::Api, Role::Admin);
    let typed = (Door::Api, CONFIRMING_KEY, Origin::Typed);
    assert_eq!(counts(typed, &bob, CONFIRMING_KEY, false), Err(Uncounted::Stranger));
}

#[test]
fn a_signed_in_person_answers_where_the_key_cannot() {
    use Credential::Person;
    let bob = |door, role| other(door, role);
    for asked in [
        (Door::Api, KEY, Origin::Typed),
        (Door::Api, CONFIRMING_KEY, Origin::Model),
        (Door::Mcp, Person, Origin::Typed),
        (Door::Mcp, CONFIRMING_KEY, Origin::Typed),
    ] {
        assert_eq!(
            counts(asked, &bob(Door::Api, Role::Operator), Person, false),
            Ok(()),
            "{asked:?}"
        );
        assert_eq!(
            counts(asked, &bob(Door::Api, Role::Viewer), Person, false),
            Err(Uncounted::Role { needs: Role::Operator })
        );
        assert_eq!(
            counts(asked, &bob(Door::Voice, Role::Admin), Person, true),
            Err(Uncounted::Stranger)
        );
        assert_eq!(
            counts(asked, &bob(Door::Mcp, Role::Admin), Person, false),
            Err(Uncounted::Door(Door::Mcp))
        );
    }
}

#[test]
fn a_model_never_confirms() {
    for door in [Door::Cli, Door::Api, Door::Mcp, Door::Voice, Door::Event] {
        let command = command();
        let alice = caller(door, Role::Admin);
        let asked = Asked {
            command: &command,
            caller: &alice,
            credential: Credential::Person,
            origin: Origin::Typed,
            needs: Role::Operator,
        };
        let answer = Answerer {
            caller: &alice,
            credential: Credential::Person,
            origin: Origin::Model,
            proved: true,
        };
        assert_eq!(may_confirm(&asked, &answer), Err(Uncounted::Model), "{door}");
        let chosen = Asked { origin: Origin::Model, ..asked };
        assert_eq!(counts_in_advance(&chosen), Err(Uncounted::Model), "{door}");
        let advance = counts_in_advance(&asked);
        assert_eq!(advance.is_ok(), matches!(door, Door::Cli | Door::Api), "{door}: {advance:?}");
        let key = Asked { credential: KEY, ..asked };
        assert!(counts_in_advance(&key).is_err(), "{door}");
    }
}

#[test]
fn only_named_commands_at_cli_and_api_go_unasked() {
    let mut lowering = Lowering::default();
    lowering.add(command(), Door::Cli).unwrap();
    for door in [Door::Mcp, Door::Voice, Door::Event] {
        assert_eq!(lowering.add(command(), door), Err(CannotLower(door)));
    }
    let other: CommandName = "vm-lifecycle.reboot".parse().unwrap();
    let stop = command();
    for (command, door, origin, risk, must_ask) in [
        (&stop, Door::Cli, Origin::Typed, Risk::Destructive, false),
        (&stop, Door::Cli, Origin::Template, Risk::Destructive, false),
        (&stop, Door::Cli, Origin::Model, Risk::Destructive, true),
        (&stop, Door::Api, Origin::Typed, Risk::Destructive, true),
        (&stop, Door::Mcp, Origin::Typed, Risk::Destructive, true),
        (&other, Door::Cli, Origin::Typed, Risk::Destructive, true),
        (&other, Door::Cli, Origin::Model, Risk::Change, false),
    ] {
        let alice = caller(door, Role::Admin);
        let asked = Asked {
            command,
            caller: &alice,
            credential: Credential::Person,
            origin,
            needs: Role::Operator,
        };
        assert_eq!(lowering.must_ask(risk, &asked), must_ask, "{command} {door} {origin:?}");
    }
}
