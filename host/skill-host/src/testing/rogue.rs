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
}

impl Default for Rogue {
    fn default() -> Self {
        Self { body: REPLY, pages: 1, more: "", contract: "0.1.0" }
    }
}

/// Answers `done` and "ok".
pub(crate) const REPLY: &str = "i32.const 1024";

/// The component's bytes.
pub(crate) fn rogue(rogue: Rogue) -> Vec<u8> {
    let Rogue { body, pages, more, contract } = rogue;
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
    (global $at (mut i32) (i32.const 4096))
    {more}
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $given i32)
      (local.set $given (global.get $at))
      (global.set $at (i32.and
        (i32.add (i32.add (global.get $at) (local.get 3)) (i32.const 15)) (i32.const -16)))
      (local.get $given))
    (func (export "invoke")
      (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {body}))
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
)"#
    );
    wat::parse_str(text).unwrap()
}
