//! YAML read into a tree with positions, so that every mistake can name its
//! line. No I/O, and no knowledge of what any file means: manifest, sentences
//! and settings each read the tree with [`Cursor`]s, which note mistakes and
//! go on, so that all of them are shown at once.
//!
//! ```
//! let tree = jarvis_document::parse("name: web\nprot: 80\n").unwrap();
//! let problems = jarvis_document::Notes::default();
//! let keys = jarvis_document::Cursor::root(&tree, &problems).mapping().unwrap();
//! assert_eq!(keys.required("name").and_then(|name| name.text()), Some("web"));
//! assert_eq!(keys.optional("port").and_then(|port| port.integer()), None);
//! keys.finish();
//! let shown = problems.into_problems().to_string();
//! assert_eq!(shown, "line 2: prot: there is no such key; did you mean port?");
//! ```

mod cursor;
mod json;
mod problem;
mod tree;
mod unit;

pub use cursor::{Cursor, Keys};
pub use json::to_json;
pub use problem::{Notes, Problem, Problems, nearest};
pub use tree::{Entry, MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, Position, Scalar, Value, parse};
pub use unit::{parse_bytes, parse_duration};
