;; Grows four tables until there is no room.
;;{module}
(table $a 1 funcref) (table $b 1 funcref) (table $c 1 funcref) (table $d 1 funcref)
;;{invoke}
(loop
  (if (i32.or
        (i32.or
          (i32.eq (table.grow $a (ref.null func) (i32.const 1000)) (i32.const -1))
          (i32.eq (table.grow $b (ref.null func) (i32.const 1000)) (i32.const -1)))
        (i32.or
          (i32.eq (table.grow $c (ref.null func) (i32.const 1000)) (i32.const -1))
          (i32.eq (table.grow $d (ref.null func) (i32.const 1000)) (i32.const -1))))
    (then unreachable))
  (br 0))
