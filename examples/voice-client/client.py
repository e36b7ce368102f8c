"""A small client of jarvis's `/ws/voice`: says WAV files and writes the answer.

Each file is one thing that is said: the first one to begin with, each further
one when jarvis asks something. What happens is printed, a JSON object a line.
"""

import argparse
import ctypes
import itertools
import json
import os
import struct
import sys
import threading
import time
import wave

from websockets.sync.client import ClientConnection, connect

RATE = 16_000
# Samples of a piece of sound: 20 ms, which is also what Opus takes.
PIECE = RATE // 50


class Opus:
    """The encoder of libopus, as a device would have it."""

    VOICE = 2048
    LONGEST = 1500

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libopus.so.0")
        self.library.opus_encoder_create.restype = ctypes.c_void_p
        error = ctypes.c_int()
        made = self.library.opus_encoder_create(RATE, 1, self.VOICE, ctypes.byref(error))
        if error.value != 0:
            raise SystemExit(f"libopus makes no encoder: {error.value}")
        self.encoder = ctypes.c_void_p(made)

    def packet(self, piece: list[int]) -> bytes:
        samples = (ctypes.c_int16 * PIECE)(*piece)
        packet = (ctypes.c_ubyte * self.LONGEST)()
        length = self.library.opus_encode(self.encoder, samples, PIECE, packet, self.LONGEST)
        if length < 0:
            raise SystemExit(f"libopus encodes nothing: {length}")
        return bytes(packet[:length])


def pcm(piece: list[int]) -> bytes:
    return struct.pack(f"<{len(piece)}h", *piece)


def pieces(path: str) -> list[list[int]]:
    """The sound of a file, in pieces of 20 ms at 16 kHz."""
    with wave.open(path, "rb") as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            raise SystemExit(f"{path} is not mono with 16 bits")
        data, rate = file.readframes(file.getnframes()), file.getframerate()
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    # Between its neighbours: good enough for speech, and for an example.
    count = (len(samples) - 1) * RATE // rate
    places = [divmod(n * rate, RATE) for n in range(count)]
    samples = [samples[n] + (samples[n + 1] - samples[n]) * part // RATE for n, part in places]
    samples += [0] * (-count % PIECE)
    return [samples[at : at + PIECE] for at in range(0, len(samples), PIECE)]


class Client:
    def __init__(self, socket: ClientConnection, arguments: argparse.Namespace) -> None:
        self.socket = socket
        self.wakes = arguments.wake
        self.files = iter(arguments.files)
        self.encode = Opus().packet if arguments.opus else pcm
        self.hung_up = threading.Event()
        # What was played, and what was only received so far.
        self.played, self.received = bytearray(), bytearray()

    def tell(self, control: str, **about: object) -> None:
        self.socket.send(json.dumps({control: about}))

    def say(self, path: str) -> None:
        """Streams a file as fast as somebody says it, and then silence."""
        if not self.wakes:
            self.tell("press")
        said, began = pieces(path), time.monotonic()
        silence = itertools.repeat([0] * PIECE) if self.wakes else []
        for number, piece in enumerate(itertools.chain(said, silence)):
            late = began + number * PIECE / RATE - time.monotonic()
            if self.hung_up.wait(max(late, 0)):
                return
            self.socket.send(self.encode(piece))
        self.tell("release")

    def next_file(self) -> bool:
        path = next(self.files, None)
        if path is not None:
            threading.Thread(target=self.say, args=(path,), daemon=True).start()
        return path is not None

    def run(self) -> int:
        """Until what was said is answered; 1 where nothing was understood."""
        answered = asks = False
        for message in self.socket:
            if isinstance(message, bytes):
                self.received += message
                continue
            told = json.loads(message)
            print(json.dumps(told), flush=True)
            if "started" in told:
                self.rate = told["started"]["rate"]
                self.next_file()
            elif "audio-end" in told:
                # A file plays at once. A loudspeaker says so when it is quiet.
                self.played += self.received
                self.received.clear()
                self.tell("played")
            elif "cut" in told:
                self.received.clear()
            elif "answer" in told:
                answered, asks = True, told["answer"]["question"]
            elif "listening" in told and asks:
                asks = False
                self.next_file()
            elif "asleep" in told and answered:
                # Sounds that say more shortly than words have no end of their own.
                self.played += self.received
                return 0
            elif "no-words" in told or "failed" in told or "error" in told:
                return 1
        return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a WAV file, mono, 16 bits")
    parser.add_argument("--url", default="ws://127.0.0.1:3001/ws/voice")
    parser.add_argument("--out", help="where the answer is written, as WAV")
    parser.add_argument("--opus", action="store_true", help="send Opus, by libopus")
    parser.add_argument("--wake", action="store_true", help="the files begin with the wake word")
    parser.add_argument("--text", action="store_true", help="want no sound")
    parser.add_argument("--place", help="where this is, by a name in the settings")
    parser.add_argument("--rate", type=int, default=RATE, help="of the answer")
    arguments = parser.parse_args()
    key = os.environ.get("JARVIS_KEY")
    if not key:
        raise SystemExit("JARVIS_KEY is to be a key (jarvis key make) or a token of a sign-in")
    start = {
        "format": "opus" if arguments.opus else "pcm16",
        "mode": "wake" if arguments.wake else "push-to-talk",
        "answer": "text" if arguments.text else "audio",
        "rate": arguments.rate,
    }
    if arguments.place:
        start["place"] = arguments.place
    with connect(arguments.url, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
        client = Client(socket, arguments)
        client.tell("start", **start)
        status = client.run()
        client.hung_up.set()
    if arguments.out:
        with wave.open(arguments.out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(arguments.rate)
            file.writeframes(bytes(client.played))
    return status


if __name__ == "__main__":
    sys.exit(main())
