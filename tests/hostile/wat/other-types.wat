;; Exports an invoke that takes and gives numbers.
;;{frame}
(component
  (core module $m (func (export "invoke") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m))
  (func $invoke (param "request" u32) (result u32) (canon lift (core func $i "invoke")))
  (instance $skill (export "invoke" (func $invoke)))
  (export "jarvis:skill/skill@0.1.0" (instance $skill)))
