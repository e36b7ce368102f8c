;; Begins with 4 GiB of memory.
;;{module}
(memory $big 65536)
