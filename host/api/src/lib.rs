//! The doors: the control socket that the command line uses, and the HTTP API.
//! The only room with wire types.
//!
//! A [`Request`] goes in, [`Notice`](jarvis_domain::invocation::Notice)s and a
//! [`Response`] come out, through the socket ([`control`]), over HTTP
//! ([`http`]) or in one process ([`Service::handle`]): the same requests, the
//! same roles, the same answers.

#[macro_use]
mod rows;

pub mod control;
mod error;
pub mod feed;
mod heard;
pub mod http;
mod keys;
mod microphones;
mod seats;
mod service;
mod skills;
mod socket;
pub mod terminal;
mod timers;
pub mod voice;
mod wire;

pub use error::{ApiError, rows};
pub use microphones::{Attention, Microphone, Microphones, REPORTED, Saying, Spoken, Wish};
pub use service::{Service, ServiceParts};
pub use socket::Problem as SocketProblem;
pub use timers::{NewTimer, Timer, TimerTime};
pub use wire::{
    AuditQuery, CommandSummary, EventsSummary, Hello, InvokeRequest, MadeKey, NewAnnouncement,
    Recognized, Request, Response, SkillGrants, SkillLogQuery, SkillSummary, Words,
};
