;; Answers with bytes that are no text.
;;{invoke}
(i32.store8 (i32.const 516) (i32.const 0xff))
