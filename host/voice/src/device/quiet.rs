//! Keeps ALSA's library from writing to standard error.
//!
//! It tells there what it tries and does not find, in words for programmers,
//! a dozen lines for each look at the devices; what fails comes back as an error
//! all the same.

use std::ffi::{c_char, c_int};

/// Has this thread's calls of the library write nothing.
#[allow(
    unsafe_code,
    reason = "the library has no other way, and no crate wraps one without a buffer that grows"
)]
pub(super) fn quiet() {
    // SAFETY: the function has the signature that the library calls, takes
    // nothing, and lives as long as the program; the setting is of this thread.
    unsafe {
        alsa_sys::snd_lib_error_set_local(Some(nothing));
    }
}

#[allow(unsafe_code, reason = "the library's signature for it")]
unsafe extern "C" fn nothing(
    _file: *const c_char,
    _line: c_int,
    _function: *const c_char,
    _error: c_int,
    _format: *const c_char,
    _arguments: *mut alsa_sys::__va_list_tag,
) {
}
