;; Computes for ever while the host hands it its arguments.
;;{realloc}
(loop (br 0))
