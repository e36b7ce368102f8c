//! The one macro: what makes a function the component's entry point.

/// Makes `invoke` the skill of this crate.
///
/// `invoke` has the form
/// `fn(&impl …, &Request) -> Result<Reply, Error>`. In a native build the line
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
}
