//! Sentence templates, matching, names and numbers. No I/O.
