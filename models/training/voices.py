"""Who speaks: espeak-ng's voices and variants, variants of our own, and those kept for evaluation."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from demo.speech import Voice

HELD_OUT_VARIANTS = ("Alicia", "Denis", "Michael", "f3", "grandma", "m5")
"""Never heard in training."""
ENGLISH = (
    "en-us",
    "en-us",
    "en-us",
    "en",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en-029",
    "en-us-nyc",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
)
KOREAN = ("ko",)
_OWN_VARIANTS = 100
_OWN_SHARE = 0.35
_UNALIKE = frozenset({"fast", "announcer"})
_VARIANT_SEED = 7


def prepare_data(folder: Path) -> Path:
    """Copy espeak-ng's data to `folder` and add our own variants; return the folder."""
    import espeakng_loader  # noqa: PLC0415 (only those who make sound need it)

    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(espeakng_loader.get_data_path(), unfinished)
        rng = random.Random(_VARIANT_SEED)
        for number in range(_OWN_VARIANTS):
            name = f"own{number:03d}"
            (unfinished / "voices" / "!v" / name).write_text(_variant(name, rng))
        unfinished.rename(folder)
    return folder


def shipped_variants(folder: Path) -> list[str]:
    """espeak-ng's variants that training may use, sorted."""
    names = {path.name for path in (folder / "voices" / "!v").iterdir()}
    own = {name for name in names if name.startswith("own")}
    return sorted(names - own - set(HELD_OUT_VARIANTS) - _UNALIKE)


def own_variants(folder: Path) -> list[str]:
    """The variants that `prepare_data` drew at random, sorted."""
    return sorted(path.name for path in (folder / "voices" / "!v").glob("own*"))


def random_voice(language: str, folder: Path, rng: random.Random) -> Voice:
    """A training voice."""
    names = own_variants(folder) if rng.random() < _OWN_SHARE else shipped_variants(folder)
    return voiced(language, rng.choice([*names, ""]), rng)


def voiced(language: str, variant: str, rng: random.Random) -> Voice:
    """A variant (empty: none) of a random voice of the language, at a random speed and pitch."""
    base = rng.choice(ENGLISH if language == "en" else KOREAN)
    return Voice(
        f"{base}+{variant}" if variant else base,
        words_per_minute=rng.randint(120, 205),
        pitch=rng.randint(25, 75),
        pitch_range=rng.randint(20, 80),
        word_gap=rng.choice((0, 0, 0, 0, 1, 3)),
    )


def _variant(name: str, rng: random.Random) -> str:
    """A voice variant file with random formants, pitch and breath."""
    size = rng.uniform(84, 135)
    low = round(rng.uniform(55, 210))
    lines = ["language variant", f"name {name}", "gender " + rng.choice(("male", "female"))]
    lines.append(f"pitch {low} {round(low * rng.uniform(1.1, 1.7))}")
    for formant in range(9):
        frequency = size * rng.uniform(0.92, 1.09)
        height, width = rng.uniform(70, 150), rng.uniform(70, 140)
        lines.append(f"formant {formant} {frequency:.0f} {height:.0f} {width:.0f}")
    lines.append(f"intonation {rng.randint(1, 4)}")
    if rng.random() < 0.4:
        lines.append(f"echo {rng.randint(5, 120)} {rng.randint(5, 50)}")
    if rng.random() < 0.5:
        lines.append(f"voicing {rng.randint(38, 130)}")
        lines.append(f"consonants {rng.randint(60, 140)} {rng.randint(20, 120)}")
    if rng.random() < 0.5:
        lines.append(f"roughness {rng.randint(0, 5)}")
        lines.append(f"flutter {rng.randint(0, 30)}")
    if rng.random() < 0.3:
        lines.append("breathw 150 150 200 200 400 400 600 600")
        lines.append("breath " + " ".join(str(rng.randint(0, 10)) for _ in range(8)))
    return "\n".join(lines) + "\n"
