//! Who is at the door: sign-ins, tokens, keys, roles, and what slows down who
//! guesses.
