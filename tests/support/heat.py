"""Understands how warm jarvis says that a node is, whatever number from 0 to 120.

16 kHz mono samples of 16 bits on standard input; the words on standard output.
"""

import sys

from pocketsphinx import Decoder, get_model_path

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
GRAMMAR = f"""#JSGF V1.0;
grammar heat;
<unit> = {" | ".join(SMALL[1:10])};
<below> = {" | ".join(SMALL)} | ({" | ".join(TENS)}) [<unit>];
<number> = <below> | one hundred [[and] ({" | ".join(SMALL)} | twenty)];
public <said> = p v e three is at <number> degrees [its warmest disk at <number> degrees];
"""

decoder = Decoder(
    hmm=get_model_path("en-us/en-us"),
    dict=get_model_path("en-us/cmudict-en-us.dict"),
    lm=None,
    samprate=16_000,
    loglevel="FATAL",
)
decoder.add_jsgf_string("heat", GRAMMAR)
decoder.activate_search("heat")
decoder.start_utt()
decoder.process_raw(sys.stdin.buffer.read(), no_search=False, full_utt=True)
decoder.end_utt()
print(decoder.hyp().hypstr if decoder.hyp() else "")
