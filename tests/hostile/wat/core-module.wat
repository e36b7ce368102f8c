;; Is a module, not a component.
;;{frame}
(module (memory (export "memory") 1) (func (export "invoke") (result i32) i32.const 1))
