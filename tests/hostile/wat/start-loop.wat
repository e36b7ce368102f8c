;; Computes for ever before it is called.
;;{module}
(func $spin (loop (br 0)))
(start $spin)
