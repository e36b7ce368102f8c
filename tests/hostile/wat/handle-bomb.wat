;; Makes a million handles of its own, without the host.
;;{module-imports}
(import "host" "new" (func $new (param i32) (result i32)))
;;{module}
(global $left (mut i32) (i32.const 1000000))
;;{invoke}
(loop
  (drop (call $new (i32.const 1)))
  (global.set $left (i32.sub (global.get $left) (i32.const 1)))
  (br_if 0 (global.get $left)))
;;{component}
(type $own (resource (rep i32)))
(core func $new (canon resource.new $own))
(core instance $host (export "new" (func $new)))
;;{with}
(with "host" (instance $host))
