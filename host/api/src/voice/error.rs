//! What can go wrong with voice over a WebSocket. Which parts are missing, and
//! what fails in a conversation, is told in their own words.

use super::socket;
use super::talks::{ALL, EACH};

/// An error of such a socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VoiceSocketError {
    /// The settings do not want it.
    #[error("this host takes no voice over WebSocket")]
    Off,
    /// The first frame is something else.
    #[error("a conversation begins with a start, and the first frame is {0}")]
    NotStarted(String),
    /// There was none.
    #[error("nothing came within {} s", socket::START.as_secs())]
    Late,
    /// It has begun already.
    #[error("the conversation has begun already")]
    Again,
    /// A text frame that is no control.
    #[error("a text frame is none of those that a conversation knows: {0}")]
    Control(String),
    /// A frame is longer than is read.
    #[error("a frame of more than {} bytes is not read", socket::MAX_FRAME)]
    TooLong,
    /// What came is not the WebSocket protocol.
    #[error("what came is not the WebSocket protocol: {0}")]
    Protocol(String),
    /// One person has as many as one may.
    #[error("you hold {EACH} conversations by voice already")]
    TooManyOwn,
    /// All together have as many as there may be.
    #[error("{ALL} conversations by voice are held already")]
    TooMany,
    /// The client does not read.
    #[error("more was told than was read")]
    Lagging,
    /// The client has gone silent for long.
    #[error("nothing came for {} min", socket::IDLE.as_secs() / 60)]
    Idle,
    /// The host is about to end.
    #[error("jarvis is stopping, and listens no more")]
    Stopping,
}

rows! { VoiceSocketError;
    Off{} => "api-voice-off", 1, 503,
        "Voice over WebSocket is switched off in the settings.",
        "Set voice: websocket: true, and start the host again.";
    NotStarted(_) => "api-voice-not-started", 2, 400,
        "A conversation by voice was not begun before something else came.",
        "Send {\"start\":{\"mode\":\"push-to-talk\"}} as the first frame, and sound only once \"started\" has come.";
    Late{} => "api-voice-late", 1, 408,
        "A WebSocket for voice was opened and not used.",
        "Send a start as the first frame.";
    Again{} => "api-voice-again", 2, 409,
        "A conversation by voice was begun twice over one WebSocket.",
        "Open another WebSocket for another one.";
    Control(_) => "api-voice-control", 2, 400,
        "A text frame of a conversation by voice is none of its controls.",
        "Sound is sent as binary frames; text frames are start, press, release, stop, mute, unmute and played, each as {\"press\":{}}.";
    TooLong{} => "api-voice-frame-too-long", 2, 413,
        "A frame is longer than is read, so that the conversation has ended.",
        "Send sound in pieces as it is picked up: 20 to 100 ms each.";
    Protocol(_) => "api-voice-protocol", 2, 400,
        "A frame breaks the rules of WebSocket (RFC 6455).",
        "This is a fault of the client program, or of something between it and jarvis.";
    TooManyOwn{} => "api-voice-too-many-own", 1, 429,
        "One person holds as many conversations by voice as one may.",
        "End one in another window or device.";
    TooMany{} => "api-voice-too-many", 1, 503,
        "As many conversations by voice are held as there may be in all.",
        "Try again when somebody has ended one.";
    Lagging{} => "api-voice-lagging", 1, 408,
        "A client read more slowly than it was told and spoken to, and was left.",
        "Read every frame as it comes; if the network is too slow for sound, begin with \"answer\":\"text\".";
    Idle{} => "api-voice-idle", 1, 408,
        "A conversation by voice where nothing came for long was ended.",
        "Begin another one when somebody wants to speak.";
    Stopping{} => "api-voice-stopping", 1, 503,
        "The host is stopping and ends its conversations.",
        "Begin again once it runs.";
}
