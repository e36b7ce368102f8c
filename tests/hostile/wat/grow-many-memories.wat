;; Grows four memories at once, each within the limit of one.
;;{module}
(memory $b 1) (memory $c 1) (memory $d 1)
;;{invoke}
(loop
  (if (i32.or
        (i32.eq (memory.grow $b (i32.const 16)) (i32.const -1))
        (i32.or
          (i32.eq (memory.grow $c (i32.const 16)) (i32.const -1))
          (i32.eq (memory.grow $d (i32.const 16)) (i32.const -1))))
    (then unreachable))
  (br 0))
