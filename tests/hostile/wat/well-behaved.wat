;; Does nothing wrong: the frame itself is sound.
