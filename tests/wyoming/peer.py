"""Somebody who uses jarvis by Wyoming, by the reference library: asks for one
thing and prints what came, a JSON object a line. Times are seconds."""

import asyncio
import json
import sys
import wave

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.ping import Ping
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop
from wyoming.wake import Detect

# What ends the answer to each question.
ENDS = {
    "describe": {"info"},
    "speak": {"audio-stop"},
    "stream": {"synthesize-stopped"},
    "hear": {"transcript-stop"},
    "wake": {"detection", "not-detected"},
    "handle": {"handled-stop", "not-handled"},
    "unknown": {"pong"},
}


def sound(path):
    with wave.open(path, "rb") as file:
        rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
        yield AudioStart(rate=rate, width=width, channels=channels).event()
        while data := file.readframes(1024):
            yield AudioChunk(rate=rate, width=width, channels=channels, audio=data).event()
        # Speech does not end with its last sample.
        quiet = bytes(rate * width * channels // 2)
        yield AudioChunk(rate=rate, width=width, channels=channels, audio=quiet).event()
        yield AudioStop().event()


def asks(what, given):
    if what == "describe":
        yield Describe().event()
    elif what == "speak":
        yield Synthesize(text=given[0]).event()
    elif what == "stream":
        yield SynthesizeStart().event()
        for word in given[0].split(" "):
            yield SynthesizeChunk(text=word + " ").event()
        yield Synthesize(text=given[0]).event()
        yield SynthesizeStop().event()
    elif what == "hear":
        yield Transcribe(language="en").event()
        yield from sound(given[0])
    elif what == "wake":
        yield Detect(names=given[1:] or None).event()
        yield from sound(given[0])
    elif what == "handle":
        context = {"conversation_id": given[1]} if len(given) > 1 else None
        yield Event(type="transcript", data={"text": given[0], "context": context})
    elif what == "unknown":
        yield Event(type="timer-started", data={"id": "1", "total_seconds": 3, "new": [1]})
        yield Ping(text="still there?").event()


async def main(uri, what, given):
    async with AsyncClient.from_uri(uri, connect_timeout=120, read_timeout=120) as client:
        for event in asks(what, given):
            await client.write_event(event)
        sounds = 0
        while event := await client.read_event():
            if AudioChunk.is_type(event.type):
                sounds += len(AudioChunk.from_event(event).audio)
                continue
            told = {"type": event.type, "data": event.data}
            if event.type == "info":
                # The strict reader, which all others are built on.
                info = Info.from_event(event)
                told["read"] = {
                    "asr": [model.name for program in info.asr for model in program.models],
                    "tts": [voice.name for program in info.tts for voice in program.voices],
                    "wake": [model.phrase for program in info.wake for model in program.models],
                    "handle": [program.name for program in info.handle],
                    "satellite": info.satellite and info.satellite.name,
                    "streaming": [
                        info.asr[0].supports_transcript_streaming if info.asr else None,
                        info.tts[0].supports_synthesize_streaming if info.tts else None,
                        info.handle[0].supports_handled_streaming if info.handle else None,
                    ],
                }
            if event.type == "handled":
                told["read"] = Handled.from_event(event).text
            if event.type == "audio-stop":
                told["bytes"], sounds = sounds, 0
            print(json.dumps(told), flush=True)
            if event.type in ENDS[what] | {"error"}:
                return


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
