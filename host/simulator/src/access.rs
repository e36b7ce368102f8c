//! Who may do what in the simulated cluster, after pve-access-control: users
//! and their API tokens, roles and who holds them where, tickets, and what each
//! method needs. It knows no HTTP; `pvesh` is always [`Caller::root`].

mod needs;
mod people;
mod rights;
mod sign_in;
mod ticket;

pub use people::{ACT_TOKEN, BARE_TOKEN, PASSWORD, READ_TOKEN, ROOT_TOKEN};

pub(crate) use needs::{Needs, check_inside, check_method};
pub(crate) use people::{token, user};
pub(crate) use rights::Caller;
pub(crate) use sign_in::{Said, Signed, sign_in};
pub(crate) use ticket::Seal;
