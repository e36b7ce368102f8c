use jarvis_domain::{Explain, ManualClock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::*;

/// What the engine says to `data`, message by message.
async fn ask(espeak: Espeak, data: Value) -> Vec<Message> {
    let asked = [Message::new("synthesize", data), Message::bare("ping")];
    let mut found = crate::testing::ask(espeak, &asked).await;
    assert_eq!(found.pop().unwrap().kind, "pong", "it goes on whatever happens");
    found
}

fn espeak(settings: EspeakSettings) -> Espeak {
    Espeak::new(settings, Arc::new(SystemClock)).unwrap()
}

#[tokio::test]
async fn settings_come_over_the_wire() {
    let told = |message: Message| async move {
        let mut answered = Vec::new();
        let asked = [message.encode(), Message::bare("describe").encode()].concat();
        let espeak = espeak(EspeakSettings::default());
        crate::wyoming::serve(asked.as_slice(), &mut answered, espeak).await.unwrap();
        String::from_utf8(answered).unwrap()
    };
    let voice = |voice: &str| {
        let settings = EspeakSettings { voice: voice.to_owned(), ..EspeakSettings::default() };
        Message::new("settings", settings)
    };
    assert!(told(voice("en-us+f4")).await.contains("\"name\":\"en-us+f4\""));
    assert!(told(voice("-w/tmp/x")).await.contains("voice-espeak-voice"));
    assert!(told(Message::bare("settings")).await.contains("the settings are none"));
}

fn length(messages: &[Message]) -> usize {
    messages.iter().filter_map(Message::samples).map(|(_, samples)| samples.len()).sum()
}

#[tokio::test]
async fn a_text_becomes_sound() {
    let text = json!({"text": "Node three is at 45 degrees Celsius."});
    let said = ask(espeak(EspeakSettings::default()), text.clone()).await;
    assert_eq!((said[0].kind.as_str(), &said[0].data["rate"]), ("audio-start", &json!(22_050)));
    assert_eq!(said.last().unwrap().kind, "audio-stop");
    assert!(length(&said) > 22_050, "{}", length(&said));
    let fast = EspeakSettings { pace: 400, ..EspeakSettings::default() };
    assert!(length(&ask(espeak(fast), text).await) < length(&said) * 2 / 3);
}

#[test]
fn a_pace_follows_the_speed_of_the_settings_and_stays_one() {
    let paced = |speed: f64| {
        let settings = EspeakSettings::of(Language::German).paced(speed);
        espeak(settings).settings.pace
    };
    let speeds = [1.0, 2.0, 0.5, 1.1, 0.0, -1.0, 1e9, f64::NAN];
    assert_eq!(speeds.map(paced), [165, 330, 83, 182, 80, 80, 450, 80]);
}

#[tokio::test]
async fn no_text_is_an_option_or_a_command_to_espeak() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("injected.wav");
    let plain = ask(espeak(EspeakSettings::default()), json!({"text": "hello"})).await;
    for text in [
        format!("-w {}", path.display()),
        format!("--path=/nowhere\n-w {}", path.display()),
        format!("[[ {} ]]", path.display()),
        "<speak><audio src=\"/etc/passwd\"/></speak>".to_owned(),
    ] {
        let said = ask(espeak(EspeakSettings::default()), json!({ "text": text })).await;
        assert!(length(&said) > length(&plain), "it is read out: {text}");
        assert!(!path.exists(), "{text}");
    }
    // Nothing to say is said in no time.
    for text in ["", "...", "\u{1b}\u{7}", "[[]]"] {
        let said = ask(espeak(EspeakSettings::default()), json!({ "text": text })).await;
        assert_eq!(said.len(), 2, "{text:?}: {said:?}");
    }
    let long = ask(espeak(EspeakSettings::default()), json!({"text": "word ".repeat(9_999)})).await;
    assert!(length(&long) < 22_050 * 190, "{}", length(&long));
}

#[tokio::test]
async fn a_voice_is_a_name_and_nothing_else() {
    for voice in ["", "-w/tmp/x", "../../etc/passwd", "en us", "en;id", "/tmp/v", &"e".repeat(99)] {
        let settings = EspeakSettings { voice: voice.to_owned(), ..EspeakSettings::default() };
        let refused = Espeak::new(settings, Arc::new(SystemClock)).unwrap_err();
        assert_eq!(refused.row().code, "voice-espeak-voice", "{voice}");
        let asked = json!({"text": "hello", "voice": {"name": voice}});
        let said = ask(espeak(EspeakSettings::default()), asked).await;
        assert_eq!(said[0].data["code"], json!("voice-espeak-voice"), "{voice}");
    }
    let unknown = json!({"text": "hello", "voice": {"name": "nonesuch"}});
    let said = ask(espeak(EspeakSettings::default()), unknown).await;
    assert_eq!(said[0].data["code"], json!("voice-espeak"));
    assert!(said[0].text("text").unwrap().contains("voice does not exist"), "{said:?}");
}

#[tokio::test]
async fn a_program_that_is_none_is_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        // By another process: a file that one of ours still writes to as it
        // forks for another test would be "busy".
        let path = folder.path().join(name);
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\""]);
        assert!(shell.arg(&path).arg(text).status().unwrap().success());
        path
    };
    for (program, code, sentence) in [
        ("/nowhere/espeak-ng".into(), "voice-espeak", "No such file"),
        (script("crashes", "kill -SEGV $$"), "voice-espeak", "signal: 11"),
        (script("fails", "echo no data >&2; exit 1"), "voice-espeak", "no data"),
        (script("mute", "cat >/dev/null"), "voice-espeak", "it has ended"),
        (script("other", "echo hello"), "voice-wav-other", "too short"),
    ] {
        let settings = EspeakSettings { program, ..EspeakSettings::default() };
        let said = ask(espeak(settings), json!({"text": "hello"})).await;
        let told = said[0].text("text").unwrap();
        assert_eq!(said[0].data["code"], json!(code), "{told}");
        assert!(told.contains(sentence), "{told}");
    }
    // One that never ends, and one that never ends to speak.
    for text in ["exec sleep 1000", "printf RIFF; exec cat /dev/zero"] {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let settings =
            EspeakSettings { program: script("hangs", text), ..EspeakSettings::default() };
        let asking = ask(Espeak::new(settings, clock.clone()).unwrap(), json!({"text": "hello"}));
        tokio::pin!(asking);
        let said = loop {
            tokio::select! {
                biased;
                said = &mut asking => break said,
                () = tokio::task::yield_now() => clock.advance(Duration::from_millis(1)),
            }
        };
        assert_eq!(said[0].kind, "error");
    }
}
