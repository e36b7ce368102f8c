"""A small recogniser that speaks Wyoming: it knows a closed list of sentences.

It hears nothing but what `jarvis intents sentences` lists, and takes whatever it
is given for one of these or for nothing. It is for the first try without any
model; whisper understands people (`jarvis models pull base.en`).
"""

import argparse
import asyncio
import functools
import sys
from collections.abc import Iterable

from pocketsphinx import Decoder, get_model_path
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioChunkConverter, AudioStop
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler, AsyncServer

import words

MOST_SENTENCES = 60
NAME = "jarvis"
RATE = 16_000
# No command is longer, seconds.
LONGEST = 20
# Guesses that are looked at, the likeliest first.
MOST_GUESSES = 200
# What a guess needs that is not the likeliest: below it lie sentences of quite
# other words, and few that are on the list.
LEAST_SCORE = 0.52


class Recogniser:
    """Takes sound for one of some sentences, or for none."""

    def __init__(self, sentences: list[str]) -> None:
        plain = {words.spoken(text): text for text in sentences}
        # In one breath with the wake word, or in a file that begins with it.
        called = {f"{NAME} {spoken}": text for spoken, text in plain.items()}
        self.sentences = plain | called
        self.decoder = Decoder(
            hmm=get_model_path("en-us/en-us"),
            dict=get_model_path("en-us/cmudict-en-us.dict"),
            lm=None,
            samprate=RATE,
            loglevel="FATAL",
        )
        for word in sorted({word for text in self.sentences for word in text.split()}):
            if self.decoder.lookup_word(word) is None:
                self.decoder.add_word(word, words.phonemes(word), True)
        self.decoder.add_fsg("list", self.decoder.create_fsg("list", 0, 1, steps(self.sentences)))
        self.decoder.activate_search("list")

    def hear(self, sound: bytes) -> str:
        """The sentence in 16 kHz mono samples of 16 bits, empty if there is none."""
        self.decoder.start_utt()
        self.decoder.process_raw(sound, no_search=False, full_utt=True)
        self.decoder.end_utt()
        guesses = zip(range(MOST_GUESSES), self.decoder.nbest() or ())
        for place, guess in guesses:
            # The likeliest may be a part of a sentence with noise around it, of
            # which the decoder does not know that it may not end there.
            if guess and guess.hypstr in self.sentences:
                sure = place == 0 or guess.score >= LEAST_SCORE
                return self.sentences[guess.hypstr] if sure else ""
        return ""


def steps(sentences: Iterable[str]) -> list[tuple[int, int, float, str]]:
    """From word to word of each sentence, from state 0 to state 1: every one as likely."""
    found, state = [], 2
    for text in sentences:
        line, before = text.split(), 0
        for place, word in enumerate(line):
            after = 1 if place + 1 == len(line) else state
            found.append((before, after, 1.0, word))
            before, state = after, state + 1
    return found


class Handler(AsyncEventHandler):
    """One connection."""

    def __init__(self, recogniser: Recogniser, *args) -> None:
        super().__init__(*args)
        self.recogniser = recogniser
        self.converter = AudioChunkConverter(rate=RATE, width=2, channels=1)
        self.sound = bytearray()

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(info().event())
        elif Transcribe.is_type(event.type):
            self.sound.clear()
        elif AudioChunk.is_type(event.type):
            chunk = self.converter.convert(AudioChunk.from_event(event))
            if len(self.sound) < LONGEST * RATE * 2:
                self.sound.extend(chunk.audio)
        elif AudioStop.is_type(event.type):
            # On this thread: the decoder takes one utterance at a time.
            text = self.recogniser.hear(bytes(self.sound))
            self.sound.clear()
            await self.write_event(Transcript(text=text).event())
        return True


def info() -> Info:
    by = Attribution(name="CMU Sphinx", url="https://github.com/cmusphinx/pocketsphinx")
    model = AsrModel(
        name="closed-list",
        description="the sentences that it was started with, and no other",
        attribution=by,
        installed=True,
        languages=["en"],
        version="1",
    )
    program = AsrProgram(
        name="pocketsphinx",
        description="a recogniser of a closed list of sentences",
        attribution=by,
        installed=True,
        models=[model],
        version="5.1.1",
    )
    return Info(asr=[program])


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", default="tcp://127.0.0.1:10300", help="where to listen")
    parser.add_argument("--hit-rate", action="store_true", help="say each sentence, and count")
    options = parser.parse_args()
    sentences = [line.strip() for line in sys.stdin if line.strip()][:MOST_SENTENCES]
    if not sentences:
        parser.error("no sentence on standard input: jarvis intents sentences | server.py")
    recogniser = Recogniser(sentences)
    if options.hit_rate:
        hits = 0
        for text in sentences:
            heard = recogniser.hear(words.said(text))
            hits += heard == text
            print(text if heard == text else f"{text}: taken for {heard or 'nothing'}")
        wrong = [text for text in words.OTHERS if recogniser.hear(words.said(text))]
        print(f"{hits} of {len(sentences)} sentences understood, as espeak-ng says them")
        print(f"{len(wrong)} of {len(words.OTHERS)} other sentences taken for one of them")
        return
    server = AsyncServer.from_uri(options.uri)
    print(f"{len(sentences)} sentences, and no other, at {options.uri}", flush=True)
    await server.run(functools.partial(Handler, recogniser))


if __name__ == "__main__":
    asyncio.run(main())
