//! The real Porcupine 1.9.5 in a real child. `script/setup` fetches it from
//! PyPI; it needs no key.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use jarvis_voice::wyoming::{Waking, describe};
use jarvis_voice::{
    EngineSettings, Frame, Keyword, MemorySink, MemorySource, PorcupineSettings, RATE, Rate,
    SharedEngine, Sink, Source, Supervisor,
};

use crate::Test;
use crate::espeak::espeak;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("jarvis_is_heard_and_nothing_else", || Box::pin(jarvis_is_heard_and_nothing_else())),
    ("many_streams_share_a_child", || Box::pin(many_streams_share_a_child())),
    ("porcupine_tells_what_it_lacks", || Box::pin(porcupine_tells_what_it_lacks())),
];

/// Where Porcupine's files are, beside the build.
///
/// # Panics
/// They are not there.
fn files() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let tools = program.ancestors().map(|above| above.join("tools/porcupine-1.9.5/lib"));
    let mut pythons = tools.flat_map(|lib| std::fs::read_dir(lib).into_iter().flatten().flatten());
    let found = pythons.find_map(|python| {
        let files = python.path().join("site-packages/pvporcupine");
        files.is_dir().then_some(files)
    });
    found.expect("Porcupine 1.9.5 is not beside the build: run script/setup")
}

pub(crate) fn settings() -> PorcupineSettings {
    let files = files();
    let (keyword, library) = match std::env::consts::ARCH {
        "aarch64" => (
            "raspberry-pi/jarvis_raspberry-pi.ppn",
            "raspberry-pi/cortex-a72-aarch64/libpv_porcupine.so",
        ),
        _ => ("linux/jarvis_linux.ppn", "linux/x86_64/libpv_porcupine.so"),
    };
    let keyword = files.join("resources/keyword_files").join(keyword);
    PorcupineSettings {
        library: files.join("lib").join(library),
        model: files.join("lib/common/porcupine_params.pv"),
        keywords: vec![Keyword { name: "jarvis".to_owned(), path: keyword, sensitivity: 0.5 }],
        access_key: None,
    }
}

pub(crate) fn porcupine(settings: &PorcupineSettings) -> Arc<Supervisor> {
    let program = std::env::current_exe().unwrap();
    let settings = EngineSettings::standard("porcupine", program).telling(settings);
    Arc::new(Supervisor::start(settings, Arc::new(SystemClock)))
}

/// `text` as `espeak-ng` says it, with some silence around it, at 16 kHz.
pub(crate) async fn spoken(engine: &Supervisor, text: &str, voice: &str) -> Vec<i16> {
    let mut speaking =
        jarvis_voice::wyoming::Speaking::begin(engine, text, Some(voice)).await.unwrap();
    let mut sink = MemorySink::default();
    while let Some(chunk) = speaking.next().await.unwrap() {
        sink.play(chunk).await.unwrap();
    }
    let mut rate = Rate::new(sink.chunks[0].rate, RATE).unwrap();
    let mut samples = vec![0.0; 8_000];
    for chunk in sink.chunks {
        let some: Vec<f32> = chunk.samples.iter().map(|sample| f32::from(*sample)).collect();
        rate.push(&some, &mut samples).unwrap();
    }
    rate.finish(&mut samples).unwrap();
    samples.extend([0.0; 16_000]);
    samples.into_iter().map(|sample| sample as i16).collect()
}

/// How often it was heard.
async fn heard(engine: &Arc<Supervisor>, samples: &[i16]) -> usize {
    let mut waking = Waking::new(engine.clone(), vec!["jarvis".to_owned()]).in_step();
    let mut source = MemorySource::new(samples);
    let mut count = 0;
    while let Some(frame) = source.next().await.unwrap() {
        if let Some(found) = waking.frame(&frame).await.unwrap() {
            assert_eq!(found.name, "jarvis");
            count += 1;
        }
    }
    assert_eq!(waking.pause().await.unwrap(), None);
    count
}

async fn jarvis_is_heard_and_nothing_else() {
    let slow = Supervisor::start(espeak(150), Arc::new(SystemClock));
    let voice = Supervisor::start(espeak(175), Arc::new(SystemClock));
    let engine = porcupine(&settings());
    let info = describe(&*engine).await.unwrap();
    assert_eq!(info.wake[0].version.as_deref(), Some("1.9.0"));
    let pid = engine.pid();
    // Of espeak-ng's voices only some are enough of a person's to it; these
    // it hears wherever the frames happen to be cut.
    for (voice, text, name) in [
        (&slow, "Jarvis, start the web server.", "en-us+f4"),
        (&slow, "Jarvis, how hot is node three?", "en-us+f4"),
        (&slow, "Jarvis, how hot is node three?", "en-us+f3"),
        (&voice, "Jarvis! How hot is node three?", "en-us+f3"),
    ] {
        let sound = spoken(voice, text, name).await;
        assert_eq!(heard(&engine, &sound).await, 1, "{text} by {name}");
    }
    for text in ["How hot is node three?", "Start the web server.", "Travel service is hard."] {
        let sound = spoken(&voice, text, "en-us+f3").await;
        assert_eq!(heard(&engine, &sound).await, 0, "{text}");
    }
    let mut state = 1_u32;
    let noise: Vec<i16> = (0..160_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16 / 8
        })
        .collect();
    assert_eq!(heard(&engine, &noise).await, 0, "noise");
    assert_eq!(heard(&engine, &[0; 160_000]).await, 0, "silence");
    assert_eq!(engine.pid(), pid, "one child heard it all");
    assert!(engine.memory().unwrap() < 64 * 1024 * 1024, "{:?}", engine.memory());
}

/// How often each of the watches has heard it: the even ones hear `samples`, the others
/// silence.
async fn heard_by(watches: &mut [Waking], samples: &[i16]) -> Vec<usize> {
    let mut source = MemorySource::new(samples);
    let mut counts = vec![0; watches.len()];
    while let Some(frame) = source.next().await.unwrap() {
        for (n, watch) in watches.iter_mut().enumerate() {
            let frame = if n % 2 == 0 { frame } else { Frame::SILENCE };
            counts[n] += usize::from(watch.frame(&frame).await.unwrap().is_some());
        }
    }
    counts
}

async fn many_streams_share_a_child() {
    let slow = Supervisor::start(espeak(150), Arc::new(SystemClock));
    let sound = spoken(&slow, "Jarvis, how hot is node three?", "en-us+f4").await;
    let program = std::env::current_exe().unwrap();
    let engine = EngineSettings::standard("porcupine", program).telling(&settings());
    let shared = Arc::new(SharedEngine::new(engine, Arc::new(SystemClock)));
    assert!(shared.pids().await.is_empty(), "none is started before somebody needs it");
    let watch = || Waking::new(shared.clone(), vec!["jarvis".to_owned()]).in_step();
    let mut watches: Vec<Waking> = (0..17).map(|_| watch()).collect();
    let expected: Vec<usize> = (0..17).map(|n| 1 - n % 2).collect();
    assert_eq!(heard_by(&mut watches, &sound).await, expected);
    let pids = shared.pids().await;
    assert_eq!(pids.len(), 2);
    let memory = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let all: u64 = pids.iter().map(memory).sum();
    assert!(all < 96 * 1024, "{all} kB");
    // One that pauses holds up none, and begins anew in the room that it left.
    assert_eq!(watches[3].pause().await.unwrap(), None);
    assert_eq!(heard_by(&mut watches, &sound).await, expected);
    assert_eq!(shared.pids().await, pids);
    // Where a child ends, each of its streams is told once, and goes on with another.
    let first = rustix::process::Pid::from_raw(i32::try_from(pids[0]).unwrap()).unwrap();
    rustix::process::kill_process(first, rustix::process::Signal::KILL).unwrap();
    let since = std::time::Instant::now();
    for watch in &mut watches {
        while watch.frame(&Frame::SILENCE).await.is_err() {
            assert!(since.elapsed().as_secs() < 120, "no other child is there");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(heard_by(&mut watches, &sound).await, expected);
    assert_ne!(shared.pids().await[0], pids[0]);
}

async fn porcupine_tells_what_it_lacks() {
    let good = settings();
    let other = files().join("lib/common/porcupine_params.pv");
    let keyword = Keyword { path: other, ..good.keywords[0].clone() };
    for (settings, sentence, hint) in [
        (
            PorcupineSettings { library: "/nowhere/libpv_porcupine.so".into(), ..good.clone() },
            "No such file",
            "push-to-talk",
        ),
        (
            PorcupineSettings {
                library: files().join("lib/raspberry-pi/arm11/libpv_porcupine.so"),
                ..good.clone()
            },
            "it is for arm, and this machine is",
            "architecture",
        ),
        // A keyword that is something else.
        (
            PorcupineSettings { keywords: vec![keyword], ..good },
            "Porcupine 1.9.0 failed",
            "another version",
        ),
    ] {
        let fault = porcupine(&settings).warm().await.unwrap_err().fault();
        assert_eq!(fault.code, "voice-engine-down");
        assert!(fault.sentence.contains(sentence), "{fault}");
        assert!(fault.hint.contains(hint), "{fault}: {}", fault.hint);
    }
}
