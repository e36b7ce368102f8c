;; Sets a million timers and holds all of them.
;;{imports}
(import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
  (alias outer 1 $pollable (type $outer))
  (export "pollable" (type $own (eq $outer)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
;;{module-imports}
(import "host" "subscribe" (func $subscribe (param i64) (result i32)))
;;{module}
(global $left (mut i32) (i32.const 1000000))
;;{invoke}
(loop
  (drop (call $subscribe (i64.const 3600000000000)))
  (global.set $left (i32.sub (global.get $left) (i32.const 1)))
  (br_if 0 (global.get $left)))
;;{component}
(core func $lowered (canon lower (func $clock "subscribe-duration")))
(core instance $host (export "subscribe" (func $lowered)))
;;{with}
(with "host" (instance $host))
