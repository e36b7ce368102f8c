//! The temperatures skill.
