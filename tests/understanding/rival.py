"""hassil on Home Assistant's own sentences, for script/bench understanding.

    rival.py FOLDER SENTENCES MISSES

Writes into FOLDER what both have to read, English as Home Assistant ships it
(sentences.yaml, which is JSON) and a home (home.yaml is given beside this file), and
what hassil made of each sentence (heard.jsonl: text, intent, slots, us), said in the
kitchen.

Each sentence is sampled by hassil, from a template of which one of each of its
alternatives, values and numbers was kept at random: hassil alone lists all of them,
in order. Only what it then understands counts among them. A miss is a sentence with
its words changed that it does not understand.
"""

import dataclasses
import json
import random
import sys
import time
from pathlib import Path

import home_assistant_intents
import yaml
from hassil import Intents, TextSlotList, TextSlotValue, recognize_best
from hassil.expression import Alternative, Group, ListReference, RuleReference, TextChunk
from hassil.intents import RangeSlotList, WildcardSlotList
from hassil.sample import sample_expression
from hassil.util import check_required_context

HERE = Path(__file__).parent
# What people say where any words may stand.
ANYTHING = [
    "dinner is ready", "yellow submarine", "milk", "olive oil", "the beatles", "pizza",
    "call the plumber", "jazz", "two eggs", "a night at the opera", "work", "school",
    "laundry", "turn off the oven", "bread and butter", "radio paradise", "workout",
]
# What Home Assistant knows of the microphone.
CONTEXT = {"area": "Kitchen"}
# Words that make a sentence another one.
STRAY = ["banana", "perhaps", "quickly", "seven", "not", "server", "blue", "why", "engine"]


def main() -> None:
    folder, wanted, misses = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    random.seed(12)
    data = home_assistant_intents.get_intents("en")
    kept = ("language", "skip_words", "intents", "lists", "expansion_rules", "settings")
    data = {key: data[key] for key in kept if key in data}
    for of in data["lists"].values():
        # hassil keeps the words of a range without its multiplier, for all ranges of
        # one language that begin and end alike: "volume down ten" would mean 10 or -10
        # by what was said before. Another name of the language parts them.
        if "multiplier" in of.get("range", {}):
            of["range"]["words_language"] = "en-US"
    (folder / "sentences.yaml").write_text(json.dumps(data))
    intents = Intents.from_dict(data)
    lists = home(yaml.safe_load((HERE / "home.yaml").read_text()))
    with open(folder / "heard.jsonl", "w", encoding="utf-8") as out:
        texts = []
        for text in sampled(intents, lists):
            one = heard(text, intents, lists)
            if one["intent"] is not None:
                out.write(json.dumps(one) + "\n")
                texts.append(text)
            if len(texts) == wanted:
                break
        left = misses
        while left:
            one = heard(changed(random.choice(texts)), intents, lists)
            if one["intent"] is None:
                out.write(json.dumps(one) + "\n")
                left -= 1


def home(fixtures: dict) -> dict[str, TextSlotList]:
    """The lists of a home, as Home Assistant's own tests make them."""

    def entity(of: dict) -> tuple:
        context = {"domain": of["id"].split(".")[0], **of.get("attributes", {})}
        return (of["name"], of["name"], context)

    return {
        "area": TextSlotList.from_strings([of["name"] for of in fixtures["areas"]], name="area"),
        "floor": TextSlotList.from_strings([of["name"] for of in fixtures["floors"]], name="floor"),
        "name": TextSlotList.from_tuples([entity(of) for of in fixtures["entities"]], name="name"),
    }


def sampled(intents: Intents, lists: dict):
    """Different sentences, each template's turn coming round before any comes twice."""
    templates = [
        (block, sentence)
        for intent in intents.intents.values()
        for block in intent.data
        for sentence in block.sentences
    ]
    seen: set[str] = set()
    while True:
        random.shuffle(templates)
        for block, sentence in templates:
            rules = {**intents.expansion_rules, **block.expansion_rules}
            names = TextSlotList("name", fitting(lists["name"].values, block))
            all_lists = {**intents.slot_lists, **lists, "name": names, **block.slot_lists}
            one = narrowed(sentence.expression, rules, all_lists)
            forms = list(sample_expression(one, all_lists, rules, language="en"))
            text = " ".join(random.choice(forms).split())
            if text and text not in seen:
                seen.add(text)
                yield text


def fitting(names: list[TextSlotValue], block) -> list[TextSlotValue]:
    """Names that the block may mean."""
    required = block.requires_context
    fit = [of for of in names if check_required_context(required, of.context, True)]
    return fit or names


def narrowed(expression, rules: dict, lists: dict):
    """The expression with one of each of its alternatives, values and numbers."""
    if isinstance(expression, RuleReference):
        return narrowed(rules[expression.rule_name].expression, rules, lists)
    if isinstance(expression, Alternative):
        return narrowed(random.choice(expression.items), rules, lists)
    if isinstance(expression, Group):
        items = [narrowed(item, rules, lists) for item in expression.items]
        return dataclasses.replace(expression, items=items)
    if isinstance(expression, ListReference):
        return value(expression, rules, lists)
    return expression


def value(reference: ListReference, rules: dict, lists: dict):
    of = lists.get(reference.list_name)
    if isinstance(of, TextSlotList):
        one: TextSlotValue = random.choice(of.values)
        return narrowed(one.text_in, rules, lists)
    if isinstance(of, WildcardSlotList):
        return TextChunk(random.choice(ANYTHING))
    if isinstance(of, RangeSlotList):
        number = random.choice(list(of.get_numbers()))
        # One that hassil says in its own words.
        whole = int(number)
        name = f"{reference.list_name}={whole}"
        lists[name] = dataclasses.replace(
            of, name=name, start=whole, stop=whole, step=1, fraction_type=of.fraction_type
        )
        return ListReference(name)
    raise ValueError(reference)


def changed(text: str) -> str:
    words = text.split()
    at = random.randrange(len(words))
    match random.randrange(4):
        case 0:
            words.insert(at, random.choice(STRAY))
        case 1:
            words[at] = random.choice(STRAY)
        case 2:
            random.shuffle(words)
        case _:
            words = words + random.choice(STRAY).split() + words[:at]
    return " ".join(words)


def heard(text: str, intents: Intents, lists: dict) -> dict:
    """What hassil makes of it, and the shorter of two times: the first fills its caches."""
    took = []
    for _ in range(2):
        began = time.perf_counter()
        result = recognize_best(
            text, intents, slot_lists=lists, intent_context=CONTEXT, best_slot_name="name"
        )
        took.append((time.perf_counter() - began) * 1e6)
    one = {"text": text, "intent": None, "slots": {}, "us": min(took)}
    if result is not None:
        one["intent"] = result.intent.name
        one["slots"] = {name: of.value for name, of in result.entities.items()}
        one["template"] = result.intent_sentence.text
    return one


if __name__ == "__main__":
    main()
