//! YAML read into a tree with positions, so that every mistake can name its line. No I/O.
