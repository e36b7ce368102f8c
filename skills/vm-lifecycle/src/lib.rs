//! The vm-lifecycle skill.
