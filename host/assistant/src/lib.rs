//! Words in, reply out: which command, which arguments, and the dialogue around them.
