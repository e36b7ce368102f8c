;; Begins with a table of a hundred million elements.
;;{module}
(table $big 100000000 funcref)
