//! All that takes as long as it is said or played: by PulseAudio's protocol, and by
//! ALSA through its plugin. Each scene has its own devices and none is left to the
//! next one.

use std::path::PathBuf;

use crate::Test;
use crate::devices::{played_and_out, said_and_heard};
use crate::sound_server::SoundServer;
use crate::survival;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("by_pulseaudio_all_is_heard_and_played_and_survived", |folder| Box::pin(pulseaudio(folder))),
    ("by_alsa_all_is_heard_and_played_and_survived", |folder| Box::pin(alsa(folder))),
];

async fn pulseaudio(folder: PathBuf) {
    let server = SoundServer::start(&folder);
    scene("what is said is heard");
    said_and_heard(&server, "default").await;
    scene("what is played comes out");
    played_and_out(&server, "default").await;
    for name in ["default", "vmic"] {
        scene("an unplugged microphone is taken up again");
        survival::unplugged(&server, name).await;
    }
    scene("an unplugged loudspeaker is taken up again");
    survival::unplugged_loudspeaker(&server).await;
    scene("a server that hangs gets few threads");
    survival::hanging(&server).await;
    scene("a microphone outlives its server");
    let server = survival::microphone(server, &folder).await;
    scene("a loudspeaker outlives its server");
    survival::loudspeaker(server, &folder).await;
}

async fn alsa(folder: PathBuf) {
    let server = SoundServer::start(&folder);
    scene("what is said is heard");
    said_and_heard(&server, "alsa:default").await;
    scene("what is played comes out");
    played_and_out(&server, "alsa:default").await;
    scene("ALSA is left hanging and not waited for");
    survival::alsa(server, &folder).await;
}

/// Which of them has failed is told by the last line.
fn scene(what: &str) {
    println!("  {what}");
}
