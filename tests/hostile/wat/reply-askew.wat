;; Answers at an address that is not aligned.
;;{invoke}
(return (i32.const 1025))
