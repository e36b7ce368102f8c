;; Answers with an error that is none of the contract's.
;;{invoke}
(i32.store (i32.const 1024) (i32.const 1))
(i32.store (i32.const 1028) (i32.const 77))
