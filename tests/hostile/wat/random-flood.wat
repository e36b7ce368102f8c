;; Asks for random bytes for ever.
;;{imports}
(import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
;;{module-imports}
(import "host" "random" (func $random (result i64)))
;;{invoke}
(loop (drop (call $random)) (br 0))
;;{component}
(core func $lowered (canon lower (func $random "get-random-u64")))
(core instance $host (export "random" (func $lowered)))
;;{with}
(with "host" (instance $host))
