//! What the guests of `examples/` share: the contract's bindings and a few
//! words. No SDK stands between them and the host.

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "command-skill",
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "hostile::bindings",
    });
}

pub use bindings::exports::jarvis::skill::skill::{Guest, Invocation, Reply};
/// The interfaces of the host.
pub use bindings::jarvis::skill as host;
pub use bindings::jarvis::skill::types::{Error, Field};

/// What a guest answers.
pub type Answer = Result<Reply, Error>;

/// Makes a function the whole of a component.
#[macro_export]
macro_rules! guest {
    ($run:path) => {
        struct Component;

        impl $crate::Guest for Component {
            fn invoke(_: $crate::Invocation) -> $crate::Answer {
                $run()
            }
        }

        $crate::bindings::export_component!(Component with_types_in $crate::bindings);
    };
}

/// `done` and these words.
pub fn done(speech: &str) -> Answer {
    Ok(reply(speech))
}

/// `done` and these words, for a guest that adds more.
pub fn reply(speech: &str) -> Reply {
    Reply {
        outcome: "done".to_owned(),
        speech: speech.to_owned(),
        detail: None,
        data: None,
        extra: Vec::new(),
    }
}

/// Fails unless the host refused it.
pub fn refused<T>(what: &str, answered: Result<T, Error>) -> Result<(), Error> {
    match answered {
        Err(Error::Denied(_) | Error::Invalid(_) | Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::Other(format!("The host took {what:?}."))),
    }
}
