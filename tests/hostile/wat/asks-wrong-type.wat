;; Imports a function of the contract with another type.
;;{imports}
(import "jarvis:skill/config@0.1.0" (instance (export "get" (func (param "key" u32) (result u32)))))
