//! What of the libraries is called past `whisper-rs`: the only `unsafe` of this
//! module.
#![allow(unsafe_code, reason = "two C libraries are called")]

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use whisper_rs::{FullParams, WhisperError, WhisperState, whisper_rs_sys as sys};

/// As [`WhisperState::full`], and gives up soon after `stop` is set: the library
/// looks at it once the sound is encoded, and after each token.
///
/// # Errors
/// The library's, which is any where it was stopped.
pub(super) fn full(
    state: &mut WhisperState,
    mut parameters: FullParams<'_, '_>,
    sound: &[f32],
    stop: &AtomicBool,
) -> Result<(), WhisperError> {
    let flag: *const AtomicBool = stop;
    // Safety: the library calls back within the call below only, which `stop`
    // outlives, from whichever thread, as it may. Not the safe way to set one,
    // which reads the closure as another type.
    unsafe {
        parameters.set_abort_callback(Some(stopped));
        parameters.set_abort_callback_user_data(flag.cast_mut().cast());
    }
    state.full(parameters, sound)
}

unsafe extern "C" fn stopped(flag: *mut c_void) -> bool {
    // Safety: what it is given is the flag of `full`, which is still borrowed.
    unsafe { &*flag.cast::<AtomicBool>() }.load(Ordering::Relaxed)
}

/// What the first GPU that ggml can compute on calls itself.
pub(super) fn gpu() -> Option<String> {
    // Safety: none of these has conditions but that the number of a device is
    // below their count, and that the device is one of them; the text is
    // ggml's own and stays.
    unsafe {
        let devices = (0..sys::ggml_backend_dev_count()).map(|n| sys::ggml_backend_dev_get(n));
        let is_gpu = |device: &sys::ggml_backend_dev_t| {
            let kind = sys::ggml_backend_dev_type(*device);
            kind == sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_GPU
                || kind == sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_IGPU
        };
        let text = sys::ggml_backend_dev_description(devices.into_iter().find(is_gpu)?);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}
