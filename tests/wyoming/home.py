"""Home Assistant, as a satellite meets it, by the reference library: connects,
lets it run, hears somebody after the wake word, answers with a tone, and waits
until that was played. Prints what comes, a JSON object a line."""

import asyncio
import json
import math
import struct
import sys

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.ping import Ping
from wyoming.pipeline import RunPipeline
from wyoming.satellite import RunSatellite
from wyoming.snd import Played
from wyoming.tts import Synthesize
from wyoming.vad import VoiceStopped

RATE = 22050
# How much of somebody is heard before an answer.
HEARD = 16000


def show(**told):
    print(json.dumps(told), flush=True)


def tone():
    yield AudioStart(rate=RATE, width=2, channels=1).event()
    for piece in range(0, RATE, 1024):
        samples = [int(9000 * math.sin(n * 440 * math.tau / RATE)) for n in range(piece, piece + 1024)]
        audio = struct.pack(f"<{len(samples)}h", *samples)
        yield AudioChunk(rate=RATE, width=2, channels=1, audio=audio).event()
    yield AudioStop().event()


async def describe(uri):
    async with AsyncClient.from_uri(uri, connect_timeout=120, read_timeout=120) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())
        show(type="info", name=info.satellite.name, words=info.satellite.active_wake_words,
             others=len(info.asr) + len(info.tts) + len(info.wake) + len(info.handle))


async def second(uri):
    async with AsyncClient.from_uri(uri, connect_timeout=120, read_timeout=120) as client:
        await client.write_event(RunSatellite().event())
        show(type="second", closed=await client.read_event() is None)


async def main(uri):
    await describe(uri)
    async with AsyncClient.from_uri(uri, connect_timeout=120, read_timeout=120) as client:
        await client.write_event(RunSatellite().event())
        await client.write_event(Ping(text="a").event())
        heard = 0
        while event := await client.read_event():
            if not AudioChunk.is_type(event.type):
                show(type=event.type, data=event.data)
            if event.type == "pong" and event.data.get("text") == "a":
                await second(uri)
                await describe(uri)
                show(type="ready")
            if RunPipeline.is_type(event.type):
                heard = 0
                RunPipeline.from_event(event)
            if AudioChunk.is_type(event.type) and heard < HEARD:
                heard += len(AudioChunk.from_event(event).audio) // 2
                if heard >= HEARD:
                    await client.write_event(VoiceStopped().event())
                    await client.write_event(Transcript(text="how hot is it").event())
                    await client.write_event(Synthesize(text="A tone.").event())
                    for event in tone():
                        await client.write_event(event)
            if Played.is_type(event.type):
                return


asyncio.run(main(sys.argv[1]))
