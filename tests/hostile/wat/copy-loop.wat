;; Copies a megabyte to and fro for ever, in single instructions.
;;{invoke}
(drop (memory.grow (i32.const 31)))
(loop (memory.copy (i32.const 65536) (i32.const 1048576) (i32.const 1000000)) (br 0))
