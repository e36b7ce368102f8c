;; Is built for a contract that this host does not know yet.
;;{contract}
0.2.0
