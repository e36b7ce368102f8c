//! Components that misbehave, written in WebAssembly's own text: no compiler
//! would build most of them.

/// What a rogue does when it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rogue {
    /// The body of its `invoke`; leaves the address of a reply.
    pub(crate) body: &'static str,
    /// Pages of memory it begins with.
    pub(crate) pages: u32,
    /// More of its core module: imports are not possible.
    pub(crate) more: &'static str,
    /// The contract that it exports.
    pub(crate) contract: &'static str,
    /// The body of its `on-event`; leaves the address of a result. The length
    /// of the topic is its parameter 3. None: it takes no events.
    pub(crate) on_event: Option<&'static str>,
}

impl Default for Rogue {
    fn default() -> Self {
        Self { body: REPLY, pages: 1, more: "", contract: "0.1.0", on_event: None }
    }
}

/// Answers `done` and "ok".
pub(crate) const REPLY: &str = "i32.const 1024";

/// Takes the event.
pub(crate) const TAKE: &str = "i32.const 1024";
/// Does not take the event: the contract's `timeout`.
pub(crate) const REFUSE: &str = "i32.const 2048";

/// The component's bytes.
pub(crate) fn rogue(rogue: Rogue) -> Vec<u8> {
    let Rogue { body, pages, more, contract, on_event } = rogue;
    let on_event_body = on_event.unwrap_or("unreachable");
    let events = if on_event.is_some() { EVENTS } else { "" };
    // At 1024 lies a `result<reply, error>` as the canonical ABI lays it out:
    // ok, then outcome, speech, detail, data, extra.
    let text = format!(
        r#"(component
  (core module $m
    (memory (export "memory") {pages})
    (data (i32.const 512) "donenothing-changedok")
    (data (i32.const 1024)
      "\00\00\00\00"
      "\00\02\00\00" "\04\00\00\00"
      "\13\02\00\00" "\02\00\00\00"
      "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
      "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
      "\00\00\00\00" "\00\00\00\00")
    (data (i32.const 2048) "\01\00\00\00" "\03\00\00\00")
    (global $at (mut i32) (i32.const 4096))
    {more}
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $given i32)
      (local.set $given (global.get $at))
      (global.set $at (i32.and
        (i32.add (i32.add (global.get $at) (local.get 3)) (i32.const 15)) (i32.const -16)))
      (local.get $given))
    (func (export "invoke")
      (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {body})
    (func (export "on-event")
      (param i32 i32 i32 i32 i64 i32 i32 i32 i32 i32 i32) (result i32) {on_event_body}))
  (core instance $i (instantiate $m))
  (type $field-text (record (field "name" string) (field "value" string)))
  (export $field "field" (type $field-text))
  (type $failure-text (record (field "status" s32) (field "message" string)))
  (export $failure "failure" (type $failure-text))
  (type $error-text (variant
    (case "denied" string) (case "invalid" string) (case "not-found" string) (case "timeout")
    (case "busy" u32) (case "unavailable" string) (case "failed" $failure) (case "other" string)))
  (export $error "error" (type $error-text))
  (type $invocation-text (record
    (field "command" string) (field "arguments" string) (field "locale" string)
    (field "request-id" string) (field "budget-ms" u32) (field "dry-run" bool)
    (field "extra" (list $field))))
  (export $invocation "invocation" (type $invocation-text))
  (type $reply-text (record
    (field "outcome" string) (field "speech" string) (field "detail" (option string))
    (field "data" (option string)) (field "extra" (list $field))))
  (export $reply "reply" (type $reply-text))
  (type $invoke-text (func (param "request" $invocation) (result (result $reply (error $error)))))
  (func $invoke (type $invoke-text) (canon lift (core func $i "invoke")
    (memory $i "memory") (realloc (func $i "realloc"))))
  (instance $skill (export "invoke" (func $invoke)))
  (export "jarvis:skill/skill@{contract}" (instance $skill))
  {events}
)"#
    );
    wat::parse_str(text).unwrap()
}

/// What a component has that takes events.
const EVENTS: &str = r#"
  (type $event-text (record
    (field "id" string) (field "topic" string) (field "at" u64) (field "subject" string)
    (field "data" string) (field "extra" (list $field))))
  (export $event "event" (type $event-text))
  (type $on-event-text (func (param "event" $event) (result (result (error $error)))))
  (func $on-event (type $on-event-text) (canon lift (core func $i "on-event")
    (memory $i "memory") (realloc (func $i "realloc"))))
  (instance $events (export "on-event" (func $on-event)))
  (export "jarvis:skill/events@0.1.0" (instance $events))
"#;
