//! The messages of many streams over one connection.

use std::collections::BTreeMap;

use jarvis_domain::Explain;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split};
use tokio::sync::mpsc;

use crate::engine::many::END;
use crate::wyoming::{Connection, Decoder, Message, STREAM};

/// Messages that wait for whoever has a stream. One who takes none has it ended.
const REPLIES: usize = 64;

/// What a stream has for its child.
#[derive(Debug)]
pub(super) enum Up {
    /// It begins; where answers go.
    Begins(u64, mpsc::Sender<Message>),
    Says(u64, Message),
    Ends(u64),
}

/// Carries all that streams say over `connection`, until that ends or all of them have
/// gone for good.
pub(super) async fn carry(mut connection: Connection, mut ups: mpsc::Receiver<Up>) {
    let mut streams = BTreeMap::new();
    let ended = loop {
        tokio::select! {
            biased;
            message = connection.any() => match message {
                Ok(message) => hand_on(&mut streams, message),
                Err(error) => break error,
            },
            up = ups.recv() => {
                let message = match up {
                    None => return,
                    Some(Up::Begins(stream, to)) => {
                        streams.insert(stream, to);
                        continue;
                    }
                    Some(Up::Says(stream, message)) => message.of_stream(stream),
                    Some(Up::Ends(stream)) => {
                        streams.remove(&stream);
                        Message::bare(END).of_stream(stream)
                    }
                };
                if let Err(error) = connection.send(&message).await {
                    break error;
                }
            }
        }
    };
    let told = Message::error(&ended.fault());
    for to in streams.values() {
        // One who takes nothing finds it closed.
        let _ = to.try_send(told.clone());
    }
}

/// To whoever has the stream that it names.
fn hand_on(streams: &mut BTreeMap<u64, mpsc::Sender<Message>>, mut message: Message) {
    let Some(stream) = message.data.remove(STREAM).and_then(|stream| stream.as_u64()) else {
        tracing::trace!(kind = message.kind, "a message of no stream");
        return;
    };
    if streams.get(&stream).is_some_and(|to| to.try_send(message).is_err()) {
        streams.remove(&stream);
    }
}

/// One stream, until whoever has it or the child has gone.
pub(super) async fn stream(pipe: DuplexStream, stream: u64, up: mpsc::Sender<Up>) {
    let (mut reader, mut writer) = split(pipe);
    let (to, mut replies) = mpsc::channel::<Message>(REPLIES);
    if up.send(Up::Begins(stream, to)).await.is_err() {
        return;
    }
    let says = async {
        let (mut decoder, mut some) = (Decoder::default(), vec![0; 8192]);
        while let Ok(got @ 1..) = reader.read(&mut some).await {
            decoder.push(some.get(..got).unwrap_or_default());
            // What is not read further is of our own making.
            while let Ok(Some(message)) = decoder.message() {
                if up.send(Up::Says(stream, message)).await.is_err() {
                    return;
                }
            }
        }
    };
    let hears = async {
        while let Some(message) = replies.recv().await {
            if writer.write_all(&message.encode()).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = says => {}
        () = hears => {}
    }
    // Where it has gone, so have its streams.
    let _ = up.send(Up::Ends(stream)).await;
}
