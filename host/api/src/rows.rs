//! How the errors of this room declare their rows: one table each, of which a
//! variant's code, exit code, HTTP status, meaning and hint are one entry.

/// The table of an error: its `ROWS`, and which of them each variant has.
/// After `hint` comes the method that has a hint for a very case.
macro_rules! rows {
    ($error:ident $(, hint $hint:ident)?; $($variant:ident $pattern:tt =>
        $code:literal, $exit:literal, $status:literal, $meaning:literal, $hinted:literal;)*) => {
        /// What these errors mean, in the order of the table.
        pub(crate) const ROWS: &[&jarvis_domain::Row] = &[$(&jarvis_domain::Row {
            code: $code, meaning: $meaning, hint: $hinted, exit: $exit, status: $status,
        }),*];

        impl jarvis_domain::Explain for $error {
            fn row(&self) -> &'static jarvis_domain::Row {
                match self {
                    $(Self::$variant $pattern => const { &jarvis_domain::Row {
                        code: $code, meaning: $meaning, hint: $hinted, exit: $exit, status: $status,
                    } },)*
                }
            }

            $(fn hint(&self) -> Option<String> {
                self.$hint()
            })?
        }
    };
}
