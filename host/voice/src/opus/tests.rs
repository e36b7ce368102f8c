//! Packets of libopus, the encoder that devices have, and what is none.

use std::ffi::{c_int, c_uchar, c_void};

use libloading::Library;

use super::*;
use crate::testing::spoken;

/// `OPUS_APPLICATION_VOIP` and `OPUS_APPLICATION_RESTRICTED_LOWDELAY`.
const VOICE: c_int = 2048;
const LOW_DELAY: c_int = 2051;
/// `OPUS_SET_BITRATE_REQUEST`.
const BIT_RATE: c_int = 4002;

/// `sound` as packets of so many milliseconds, and how libopus hears them.
#[allow(unsafe_code, reason = "a test that holds us against the C library")]
fn encoded(
    sound: &[i16],
    application: c_int,
    rate: c_int,
    millis: usize,
) -> (Vec<Vec<u8>>, Vec<i16>) {
    type Create = unsafe extern "C" fn(i32, c_int, c_int, *mut c_int) -> *mut c_void;
    type Control = unsafe extern "C" fn(*mut c_void, c_int, ...) -> c_int;
    type Encode = unsafe extern "C" fn(*mut c_void, *const i16, c_int, *mut c_uchar, i32) -> i32;
    type NewDecoder = unsafe extern "C" fn(i32, c_int, *mut c_int) -> *mut c_void;
    type Decode =
        unsafe extern "C" fn(*mut c_void, *const c_uchar, i32, *mut i16, c_int, c_int) -> c_int;
    type Destroy = unsafe extern "C" fn(*mut c_void);
    let (mut packets, mut heard) = (Vec::new(), Vec::new());
    // SAFETY: the signatures are those of opus.h, and every buffer is as long as is said.
    unsafe {
        let opus = Library::new("libopus.so.0").expect("libopus0 comes with espeak-ng");
        let mut error = 0;
        let encoder = opus.get::<Create>(b"opus_encoder_create").unwrap()(
            16_000,
            1,
            application,
            &raw mut error,
        );
        assert_eq!(error, 0);
        opus.get::<Control>(b"opus_encoder_ctl").unwrap()(encoder, BIT_RATE, rate);
        let decoder =
            opus.get::<NewDecoder>(b"opus_decoder_create").unwrap()(16_000, 1, &raw mut error);
        assert_eq!(error, 0);
        for piece in sound.chunks_exact(16 * millis) {
            let (mut packet, mut samples) = ([0_u8; 1500], [0_i16; 1920]);
            let length = opus.get::<Encode>(b"opus_encode").unwrap()(
                encoder,
                piece.as_ptr(),
                piece.len() as c_int,
                packet.as_mut_ptr(),
                1500,
            );
            packets.push(packet[..length as usize].to_vec());
            let count = opus.get::<Decode>(b"opus_decode").unwrap()(
                decoder,
                packet.as_ptr(),
                length,
                samples.as_mut_ptr(),
                1920,
                0,
            );
            heard.extend_from_slice(&samples[..count as usize]);
        }
        opus.get::<Destroy>(b"opus_encoder_destroy").unwrap()(encoder);
        opus.get::<Destroy>(b"opus_decoder_destroy").unwrap()(decoder);
    }
    (packets, heard)
}

#[test]
fn packets_of_every_kind_are_heard_as_libopus_hears_them() {
    let sound = spoken("Shut down the web server.", &[]);
    for (application, rate, millis) in [
        (VOICE, 8_000, 20),
        (VOICE, 16_000, 60),
        (VOICE, 24_000, 10),
        (VOICE, 64_000, 20),
        (LOW_DELAY, 64_000, 10),
    ] {
        let (packets, expected) = encoded(&sound, application, rate, millis);
        let mut opus = Opus::default();
        let heard: Vec<i16> =
            packets.iter().flat_map(|packet| opus.samples(packet).unwrap()).collect();
        assert_eq!(heard.len(), expected.len());
        let far = heard.iter().zip(&expected).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(far.unwrap() < 8, "{application} {rate} {millis}: off by {far:?}");
    }
}

#[test]
fn what_is_no_packet_is_an_error_and_the_stream_goes_on() {
    let sound = spoken("Shut down the web server.", &[]);
    let (packets, _) = encoded(&sound, VOICE, 16_000, 20);
    let mut state = 0x9e37_79b9_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut opus = Opus::default();
    assert!(opus.samples(&[]).is_err());
    assert!(opus.samples(&vec![0; LONGEST_PACKET + 1]).is_err());
    let mut refused = 0;
    for packet in packets.iter().cycle().take(2000) {
        let mut packet = packet.clone();
        for _ in 0..1 + next() % 6 {
            let at = next() as usize % packet.len();
            packet[at] = next() as u8;
        }
        packet.truncate(1 + next() as usize % packet.len());
        match opus.samples(&packet) {
            Ok(samples) => assert!(samples.len() <= 1920, "{}", samples.len()),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 100, "{refused}");
    let mut heard = packets.iter().map(|packet| opus.samples(packet).unwrap().len());
    assert!(heard.all(|count| count == 320));
}
