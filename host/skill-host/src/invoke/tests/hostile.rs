//! Components that misbehave: each limit ends one call, and the host is well.

use serde_json::json;

use crate::testing::Rogue;
use crate::testing::stage::Stage;

const RUN: &str = "rogue.run";

#[tokio::test]
async fn the_rogue_itself_answers() {
    let stage = Stage::rogue(Rogue::default()).await;
    let reply = stage.reply(RUN, json!({})).await;
    // It claims to be done, and did nothing.
    assert_eq!(reply.outcome, jarvis_domain::Outcome::NothingChanged);
    assert!(reply.speech.starts_with("Nothing was changed"), "{}", reply.speech);
    assert!(reply.detail.is_some_and(|detail| detail.contains("> ok")));
}

#[tokio::test]
async fn each_way_to_misbehave_has_its_code() {
    let deep = "(func $deep (param i32) (result i32) local.get 0 call $deep)";
    for (name, rogue, code) in [
        ("a crash", Rogue { body: "unreachable", ..Rogue::default() }, "skill-trapped"),
        (
            "endless recursion",
            Rogue { body: "(call $deep (i32.const 0))", more: deep, ..Rogue::default() },
            "skill-trapped",
        ),
        (
            "more memory than it may have",
            Rogue {
                body: "(if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then unreachable)) \
                       i32.const 1024",
                ..Rogue::default()
            },
            "skill-memory",
        ),
        (
            "a speech that is too long",
            Rogue {
                body: "(memory.fill (i32.const 8192) (i32.const 65) (i32.const 2000)) \
                       (i32.store (i32.const 1036) (i32.const 8192)) \
                       (i32.store (i32.const 1040) (i32.const 2000)) i32.const 1024",
                ..Rogue::default()
            },
            "skill-reply-too-large",
        ),
        (
            "a reply beyond its memory",
            Rogue {
                body: "(i32.store (i32.const 1040) (i32.const 0x7fffffff)) i32.const 1024",
                ..Rogue::default()
            },
            "skill-trapped",
        ),
        (
            "a reply that is not text",
            Rogue {
                body: "(i32.store8 (i32.const 512) (i32.const 0xff)) i32.const 1024",
                ..Rogue::default()
            },
            "skill-trapped",
        ),
        (
            "a speech of nothing",
            Rogue {
                body: "(i32.store (i32.const 1040) (i32.const 0)) i32.const 1024",
                ..Rogue::default()
            },
            "skill-bad-reply",
        ),
    ] {
        let stage = Stage::rogue(rogue).await;
        assert!(stage.host.catalog().broken().is_empty(), "{name}: {:?}", stage.host.catalog());
        let fault = stage.fault(RUN, json!({})).await;
        assert_eq!(fault.code, code, "{name}: {fault}");
        // Nothing of it is left: the next call fails the same way.
        assert_eq!(stage.fault(RUN, json!({})).await.code, code, "{name}");
    }
}

// On one thread the loop would leave the clock no turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_ends_with_the_budget_while_others_go_on() {
    let stage = Stage::rogue(Rogue { body: "(loop (br 0)) unreachable", ..Rogue::default() }).await;
    let fault = stage.invoke_while_time_passes(RUN, json!({})).await.unwrap_err();
    assert_eq!(fault.code, "skill-timeout", "{fault}");
}

#[tokio::test]
async fn a_loop_ends_even_when_no_clock_moves() {
    let stage = Stage::rogue(Rogue { body: "(loop (br 0)) unreachable", ..Rogue::default() }).await;
    let fault = stage.fault(RUN, json!({})).await;
    assert_eq!(fault.code, "skill-cpu", "{fault}");
}
