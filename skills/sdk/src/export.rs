//! The one macro: what makes functions the component's entry points.

/// Makes `invoke` the skill of this crate, and `on_event`, where there is one,
/// what takes its events.
///
/// `invoke` has the form
/// `fn(&impl …, &Request) -> Result<Reply, Error>`, and `on_event`
/// `fn(&impl …, &Event) -> Result<(), Error>`. In a native build the line
/// expands to nothing, so that the same crate can be tested with `cargo test`.
/// Stands once in a crate of type `cdylib`.
#[macro_export]
macro_rules! export {
    ($invoke:path) => {
        #[cfg(target_family = "wasm")]
        #[allow(
            unsafe_code,
            unreachable_pub,
            missing_docs,
            missing_debug_implementations,
            reason = "the entry points that the component model asks for"
        )]
        const _: () = {
            struct Component;

            impl $crate::runtime::Guest for Component {
                fn invoke(
                    request: $crate::runtime::Invocation,
                ) -> ::core::result::Result<$crate::runtime::Answer, $crate::Error> {
                    $crate::runtime::run(request, |host, request| $invoke(host, request))
                }
            }

    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
    ($invoke:path, $on_event:path) => {
        $crate::export!($invoke);

        #[cfg(target_family = "wasm")]
        #[allow(
            unsafe_code,
            unreachable_pub,
            missing_docs,
            missing_debug_implementations,
            reason = "the entry points that the component model asks for"
        )]
        const _: () = {
            struct Component;

            impl $crate::runtime::EventGuest for Component {
                fn on_event(
                    event: $crate::runtime::WireEvent,
                ) -> ::core::result::Result<(), $crate::Error> {
                    $crate::runtime::take(event, |host, event| $on_event(host, event))
                }
            }

    $crate::event_bindings::export_events!(Component with_types_in $crate::event_bindings);
        };
    };
}
