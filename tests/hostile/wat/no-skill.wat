;; Is a sound component, and no skill.
;;{frame}
(component)
