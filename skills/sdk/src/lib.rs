//! What a skill author depends on: the contract `jarvis:skill` in Rust's words.
//!
//! A skill is one function from a [`Request`] to a [`Reply`], and one line that
//! makes it the component's entry point:
//!
//! ```
//! use jarvis_skill::{Error, Inventory, Reply, Request, words};
//!
//! fn invoke(host: &impl Inventory, request: &Request) -> Result<Reply, Error> {
//!     match request.command.as_str() {
//!         "count" => {
//!             let nodes = host.find_all("node", None)?.items;
//!             Ok(Reply::done(format!("You have {}.", words::plural(nodes.len(), "node"))))
//!         }
//!         _ => Err(request.unknown_command()),
//!     }
//! }
//!
//! jarvis_skill::export!(invoke);
//!
//! // In a test the same function runs natively, against a scripted host.
//! use jarvis_skill::mock::MockHost;
//! let host = MockHost::new().node("pve1", "online");
//! assert_eq!(invoke(&host, &Request::new("count")).unwrap().speech, "You have 1 node.");
//! ```
//!
//! Each capability of the host is a trait of its own ([`Inventory`],
//! [`ClusterRead`], [`ClusterWrite`] …). The bounds on `host` are therefore what
//! the skill can reach: the built component imports only what those traits
//! call, and the manifest must request just that.
//!
//! A skill that speaks German too begins with [`speak`] and makes its texts by [`say!`];
//! see [`language`](mod@language).
//!
//! There is nothing here of how the host works, and no state: a skill gets a
//! fresh instance for each call.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    missing_debug_implementations,
    rust_2018_idioms,
    clippy::all,
    clippy::indexing_slicing,
    clippy::str_to_string,
    clippy::needless_pass_by_value,
    clippy::uninlined_format_args,
    clippy::allow_attributes_without_reason,
    reason = "generated from wit/, where every item is documented"
)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "command-skill",
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "jarvis_skill::bindings",
        additional_derives: [PartialEq],
    });
}

/// The one export more of a skill that takes events. Its types are those of
/// [`bindings`].
#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    missing_debug_implementations,
    rust_2018_idioms,
    clippy::all,
    clippy::indexing_slicing,
    clippy::str_to_string,
    clippy::needless_pass_by_value,
    clippy::uninlined_format_args,
    clippy::allow_attributes_without_reason,
    reason = "generated from wit/, where every item is documented"
)]
#[doc(hidden)]
pub mod event_bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package jarvis:sdk; world takes-events { export jarvis:skill/events@0.1.0; }",
        world: "jarvis:sdk/takes-events",
        pub_export_macro: true,
        export_macro_name: "export_events",
        default_bindings_module: "jarvis_skill::event_bindings",
        with: { "jarvis:skill/types@0.1.0": crate::bindings::jarvis::skill::types },
    });
}

pub mod error;
pub mod event;
mod export;
pub mod host;
pub mod language;
#[cfg(not(target_family = "wasm"))]
pub mod mock;
pub mod operation;
pub mod reply;
pub mod request;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod runtime;
pub mod series;
pub mod words;

pub use bindings::jarvis::skill::cluster_write::Verb;
pub use bindings::jarvis::skill::inventory::{Item, Items};
pub use bindings::jarvis::skill::kv::{Entry, Keys};
pub use bindings::jarvis::skill::log::Level;
pub use bindings::jarvis::skill::node_shell::Output;
pub use bindings::jarvis::skill::operations::Lines;
pub use bindings::jarvis::skill::sensors::{Reach, Reading, Readings, Sample};
pub use bindings::jarvis::skill::types::{Error, Failure, Field, Page};
pub use event::Event;
pub use host::{
    Clock, ClusterRead, ClusterWrite, Config, Inventory, ItemExt, Kv, Log, NodeShell, Sensors,
};
pub use language::{Language, language, speak};
pub use operation::{End, Operation};
pub use reply::{Outcome, Reply};
pub use request::Request;
pub use series::Fate;

/// What most skills need, in one `use`.
pub mod prelude {
    pub use crate::host::{
        Clock, ClusterRead, ClusterWrite, Config, Inventory, ItemExt, Kv, Log, NodeShell, Sensors,
    };
    pub use crate::{
        End, Error, Event, Fate, Field, Item, Operation, Outcome, Reply, Request, Verb, say, speak,
        words,
    };
}
