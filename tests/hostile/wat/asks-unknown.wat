;; Imports an interface that the contract does not have.
;;{imports}
(import "jarvis:skill/shell@0.1.0" (instance (export "run" (func))))
