//! The doors: the control socket today. The only room with wire types.
