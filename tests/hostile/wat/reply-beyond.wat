;; Answers with a text that lies beyond its memory.
;;{invoke}
(i32.store (i32.const 1040) (i32.const 0x7fffffff))
