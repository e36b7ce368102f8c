//! The C library as it is.
//!
//! Facts of the interface are those of Picovoice's headers of each version.
//! Every pointer that the library is given lives as long as the call; every
//! one that it gives is checked for null, and read once.
#![allow(unsafe_code, reason = "a C library is called")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr::{NonNull, null, null_mut};
use std::sync::Arc;

use libloading::Library;

use super::error::PorcupineError;
use crate::elf;

/// Samples at a time, in every version.
pub(super) const LENGTH: usize = 512;
/// Where version 4 computes: it chooses.
const DEVICE: &CStr = c"best";

type Text = unsafe extern "C" fn() -> *const c_char;
type Number = unsafe extern "C" fn() -> i32;
type StatusText = unsafe extern "C" fn(i32) -> *const c_char;
type Process = unsafe extern "C" fn(*mut c_void, *const i16, *mut i32) -> i32;
type Delete = unsafe extern "C" fn(*mut c_void);
type Stack = unsafe extern "C" fn(*mut *mut *mut c_char, *mut i32) -> i32;
type FreeStack = unsafe extern "C" fn(*mut *mut c_char);
type Paths = *const *const c_char;
type Init1 = unsafe extern "C" fn(*const c_char, i32, Paths, *const f32, *mut *mut c_void) -> i32;
type Init2 = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    i32,
    Paths,
    *const f32,
    *mut *mut c_void,
) -> i32;
type Init4 = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const c_char,
    i32,
    Paths,
    *const f32,
    *mut *mut c_void,
) -> i32;

/// The form of `pv_porcupine_init`.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// 1: no key.
    Plain(Init1),
    /// 2 and 3: a key first.
    Key(Init2),
    /// 4: a key, and where it computes.
    Device(Init4),
}

/// A library that was loaded, and all that is called of it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) version: String,
    form: Form,
    process: Process,
    delete: Delete,
    status: StatusText,
    stack: Option<(Stack, FreeStack)>,
    /// Last: what is above points into it.
    _library: Library,
}

/// What it is to watch for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) key: Option<CString>,
    pub(super) model: CString,
    /// Files, and how easily each is found.
    pub(super) keywords: Vec<(CString, f32)>,
}

/// A watch that goes on; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Handle {
    loaded: Arc<Loaded>,
    object: NonNull<c_void>,
}

/// A status that is no success, and what the library says to it.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) details: Vec<String>,
}

impl Loaded {
    /// Loads `path` and finds out which version it is.
    pub(super) fn open(path: &Path) -> Result<Self, PorcupineError> {
        let unloadable = |why: String| PorcupineError::Library { path: path.to_owned(), why };
        let unknown = |why: String| PorcupineError::Version { path: path.to_owned(), why };
        elf::check(path).map_err(unloadable)?;
        // SAFETY: loading runs the library's own initialisers. Which file it
        // is, the administrator says; that it is one of Porcupine's is seen
        // next. This is a child without privileges.
        let library =
            unsafe { Library::new(path) }.map_err(|error| unloadable(error.to_string()))?;
        let missing = |error: libloading::Error| unknown(error.to_string());
        // SAFETY: in every version these have these types.
        let (version, rate, length, status, process, delete) = unsafe {
            (
                symbol::<Text>(&library, "pv_porcupine_version").map_err(missing)?,
                symbol::<Number>(&library, "pv_sample_rate").map_err(missing)?,
                symbol::<Number>(&library, "pv_porcupine_frame_length").map_err(missing)?,
                symbol::<StatusText>(&library, "pv_status_to_string").map_err(missing)?,
                symbol::<Process>(&library, "pv_porcupine_process").map_err(missing)?,
                symbol::<Delete>(&library, "pv_porcupine_delete").map_err(missing)?,
            )
        };
        // SAFETY: it takes nothing and returns a static text, or null.
        let version =
            unsafe { text(version()) }.ok_or_else(|| unknown("it has no version".to_owned()))?;
        // SAFETY: these take nothing and return a number.
        let (rate, length) = unsafe { (rate(), length()) };
        if (rate, length) != (16_000, 512) {
            return Err(unknown(format!("it takes {length} samples at {rate} a second")));
        }
        let has = |name| {
            // SAFETY: only whether it is there is looked at; nothing is called.
            unsafe { symbol::<Number>(&library, name) }.is_ok()
        };
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        let devices = has("pv_porcupine_list_hardware_devices");
        let stacks = has("pv_get_error_stack") && has("pv_free_error_stack");
        let init = "pv_porcupine_init";
        // SAFETY: the form follows from the version, and what else the library
        // has does not contradict it.
        let form = unsafe {
            match (major, devices, stacks) {
                (Some(1), false, false) => Form::Plain(symbol(&library, init).map_err(missing)?),
                (Some(2), false, false) | (Some(3), false, true) => {
                    Form::Key(symbol(&library, init).map_err(missing)?)
                }
                (Some(4), true, true) => Form::Device(symbol(&library, init).map_err(missing)?),
                _ => return Err(unknown(format!("it says that it is {version:?}"))),
            }
        };
        // SAFETY: versions that have these have them with these types.
        let stack = unsafe {
            let (read, free) = (
                symbol::<Stack>(&library, "pv_get_error_stack"),
                symbol::<FreeStack>(&library, "pv_free_error_stack"),
            );
            read.ok().zip(free.ok())
        };
        Ok(Self { version, form, process, delete, status, stack, _library: library })
    }

    /// Whether it wants a key.
    pub(super) fn needs_key(&self) -> bool {
        !matches!(self.form, Form::Plain(_))
    }

    /// Begins to watch.
    pub(super) fn watch(self: &Arc<Self>, watch: &Watch) -> Result<Handle, Status> {
        let paths: Vec<*const c_char> =
            watch.keywords.iter().map(|(path, _)| path.as_ptr()).collect();
        let ease: Vec<f32> = watch.keywords.iter().map(|(_, ease)| *ease).collect();
        let count = i32::try_from(paths.len()).unwrap_or(0);
        let key = watch.key.as_ref().map_or(null(), |key| key.as_ptr());
        let (model, device) = (watch.model.as_ptr(), DEVICE.as_ptr());
        let (paths, ease) = (paths.as_ptr(), ease.as_ptr());
        let mut object: *mut c_void = null_mut();
        // SAFETY: the form is that of this version; the texts end with a zero
        // and live until after the call, as do both lists, which have `count`
        // entries; `object` is written to once.
        let number = unsafe {
            match self.form {
                Form::Plain(init) => init(model, count, paths, ease, &raw mut object),
                Form::Key(init) => init(key, model, count, paths, ease, &raw mut object),
                Form::Device(init) => init(key, model, device, count, paths, ease, &raw mut object),
            }
        };
        match NonNull::new(object) {
            Some(object) if number == 0 => Ok(Handle { loaded: self.clone(), object }),
            _ => Err(self.status(number)),
        }
    }

    fn status(&self, number: i32) -> Status {
        // SAFETY: it takes any number and returns a static text, or null.
        let name = unsafe { text((self.status)(number)) };
        Status {
            number,
            name: name.unwrap_or_else(|| format!("status {number}")),
            details: self.details(),
        }
    }

    /// What the library says to its last error.
    fn details(&self) -> Vec<String> {
        let Some((read, free)) = self.stack else { return Vec::new() };
        let (mut stack, mut depth) = (null_mut::<*mut c_char>(), 0_i32);
        // SAFETY: it writes a list of `depth` texts and how many they are.
        let number = unsafe { read(&raw mut stack, &raw mut depth) };
        if number != 0 || stack.is_null() {
            return Vec::new();
        }
        let count = usize::try_from(depth).unwrap_or(0).min(16);
        let details = (0..count).filter_map(|n| {
            // SAFETY: there are `depth` entries, each a text or null.
            unsafe { text(*stack.add(n)) }
        });
        let details = details.collect();
        // SAFETY: it is the list that was just given, which is not used again.
        unsafe { free(stack) };
        details
    }
}

impl Handle {
    /// Which keyword ended within these samples.
    pub(super) fn process(&mut self, samples: &[i16; LENGTH]) -> Result<Option<usize>, Status> {
        let mut index = -1_i32;
        // SAFETY: the object is one that `watch` was given, and not deleted
        // yet; there are as many samples as every version takes.
        let number = unsafe {
            (self.loaded.process)(self.object.as_ptr(), samples.as_ptr(), &raw mut index)
        };
        if number == 0 { Ok(usize::try_from(index).ok()) } else { Err(self.loaded.status(number)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: once, and nothing uses it afterwards.
        unsafe { (self.loaded.delete)(self.object.as_ptr()) };
    }
}

// SAFETY: the library keeps nothing that belongs to a thread; a handle is used
// by one at a time, since `process` takes it exclusively.
unsafe impl Send for Handle {}

/// The symbol `name`, as a copy that is good while `library` is loaded.
///
/// # Safety
/// It has the type `T`, or is never called.
unsafe fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T, libloading::Error> {
    // SAFETY: as the caller has promised.
    unsafe { library.get::<T>(name.as_bytes()).map(|symbol| *symbol) }
}

/// A text of the library's; none where there is none.
///
/// # Safety
/// `text` is null, or a text that ends with a zero.
unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller has promised.
    let text = unsafe { CStr::from_ptr(text) };
    Some(jarvis_domain::text::line(&text.to_string_lossy(), 200)).filter(|text| !text.is_empty())
}
