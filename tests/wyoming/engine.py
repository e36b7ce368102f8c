"""A voice and a wake word elsewhere, by the reference library: the voice says a
tone of a tenth of a second for each letter, the wake word is any loud sound."""

import asyncio
import math
import struct
import sys
from functools import partial

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice, WakeModel, WakeProgram
from wyoming.server import AsyncEventHandler, AsyncServer
from wyoming.tts import Synthesize
from wyoming.wake import Detect, Detection, NotDetected

RATE = 16000
OWN = dict(attribution=Attribution(name="", url=""), installed=True, description=None, version="1")
INFO = Info(
    tts=[TtsProgram(name="tones", voices=[TtsVoice(name="tone", languages=["en"], **OWN)], **OWN)],
    wake=[
        WakeProgram(
            name="loud",
            models=[WakeModel(name="jarvis_v0.1", phrase="jarvis", languages=["en"], **OWN)],
            **OWN,
        )
    ],
)


class Handler(AsyncEventHandler):
    names, found = None, False

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(INFO.event())
        elif Synthesize.is_type(event.type):
            await self.speak(Synthesize.from_event(event).text)
        elif Detect.is_type(event.type):
            self.names, self.found = Detect.from_event(event).names, False
        elif AudioChunk.is_type(event.type) and not self.found:
            chunk = AudioChunk.from_event(event)
            samples = struct.unpack(f"<{len(chunk.audio) // 2}h", chunk.audio)
            if max(map(abs, samples), default=0) > 5000 and "jarvis_v0.1" in self.names:
                self.found = True
                await self.write_event(Detection(name="jarvis_v0.1", timestamp=chunk.timestamp).event())
        elif AudioStop.is_type(event.type) and not self.found:
            await self.write_event(NotDetected().event())
        return True

    async def speak(self, text: str) -> None:
        await self.write_event(AudioStart(rate=RATE, width=2, channels=1).event())
        for letter in text:
            tone = ord(letter) * 10 * math.tau / RATE
            samples = [int(9000 * math.sin(n * tone)) for n in range(RATE // 10)]
            audio = struct.pack(f"<{len(samples)}h", *samples)
            await self.write_event(AudioChunk(rate=RATE, width=2, channels=1, audio=audio).event())
        await self.write_event(AudioStop().event())


async def main(uri: str) -> None:
    server = AsyncServer.from_uri(uri)
    serving = asyncio.create_task(server.run(partial(Handler)))
    await asyncio.sleep(0)
    print("ready", flush=True)
    await serving


asyncio.run(main(sys.argv[1]))
