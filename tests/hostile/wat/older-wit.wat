;; Is built for a contract that this host no longer knows.
;;{contract}
0.0.9
