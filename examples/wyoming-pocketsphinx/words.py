"""Sentences as words that are spoken, and words as phonemes."""

import io
import re
import subprocess
import wave

from wyoming.audio import AudioChunk, AudioChunkConverter

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ESPEAK = "espeak-ng"

# What is no command, to see whether it is taken for one.
OTHERS = [
    "what is the weather like today", "please play some music in the kitchen",
    "good morning everybody", "the quick brown fox jumps over the lazy dog",
    "turn on the lights", "tell me a joke", "how are you doing", "who won the game last night",
]

# espeak-ng's phonemes (the International Phonetic Alphabet) as those of the
# CMU dictionary; the longest first.
PHONEMES = {
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "ɔɪ": "OY",
    "iː": "IY", "uː": "UW", "ɑː": "AA", "ɔː": "AO", "ɜː": "ER", "oː": "AO", "əl": "AH L",
    "i": "IY", "u": "UW", "ɪ": "IH", "ʊ": "UH", "ɛ": "EH", "æ": "AE", "ʌ": "AH", "ə": "AH",
    "ɐ": "AH", "ɑ": "AA", "ɔ": "AO", "ɚ": "ER", "ɝ": "ER", "a": "AE", "e": "EH", "o": "OW",
    "ᵻ": "IH", "p": "P", "b": "B", "t": "T", "d": "D", "ɾ": "D", "k": "K", "ɡ": "G", "g": "G",
    "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH",
    "h": "HH", "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɹ": "R", "r": "R", "j": "Y", "w": "W",
    "ʔ": "T", "x": "K",
}
LONGEST = max(map(len, PHONEMES))


def spoken(text: str) -> str:
    """Small letters, no marks, digits one by one: `vm 101` is `vm one zero one`."""
    parts = re.findall(r"[a-z']+|[0-9]", text.lower())
    return " ".join(DIGITS[int(part)] if part.isdigit() else part for part in parts)


def phonemes(word: str) -> str:
    """What espeak-ng takes `word` for, in the CMU dictionary's phonemes."""
    told = subprocess.run(
        [ESPEAK, "-q", "--ipa", "-v", "en-us", "--stdin"],
        input=word, capture_output=True, text=True, check=True, timeout=10,
    ).stdout
    found, left = [], re.sub(r"[ˈˌ\s̩‍]", "", told)
    while left:
        for length in range(LONGEST, 0, -1):
            known = PHONEMES.get(left[:length])
            if known:
                found.append(known)
                break
        else:
            length = 1
        left = left[length:]
    return " ".join(found) or "SIL"


def said(text: str) -> bytes:
    """`text` as espeak-ng says it: 16 kHz mono samples of 16 bits, a pause around it."""
    told = subprocess.run(
        [ESPEAK, "--stdout", "-v", "en-us", "-s", "150", "--stdin"],
        input=text.encode(), capture_output=True, check=True, timeout=10,
    ).stdout
    with wave.open(io.BytesIO(told)) as file:
        # Its length is unknown to whoever writes to a pipe.
        chunk = AudioChunk(file.getframerate(), 2, 1, file.readframes(10**7))
    pause = bytes(2 * 16_000 * 3 // 10)
    return pause + AudioChunkConverter(rate=16_000, width=2, channels=1).convert(chunk).audio + pause
