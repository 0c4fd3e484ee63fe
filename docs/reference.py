"""The reference: run it, and `docs/reference/` is written, from `--help`, the config's schema and docstrings alone.

A test holds what is committed against what this writes: `python docs/reference.py` after a change of those.
"""

import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from docstrings import as_markdown, first_sentence, function_section, plain, section, split_up, text_of
from schema_tables import in_order, table, words

import pipeline
from pipeline import exits
from pipeline.batch.executors import EXECUTORS
from pipeline.batch.executors.base import Executor
from pipeline.batch.notices import NOTIFIERS
from pipeline.batch.notices.notifier import Notifier
from pipeline.catalog.corpora import CORPORA, manifest_of
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.cli import app
from pipeline.config import config_schema
from pipeline.config.schema import spelled_out
from pipeline.diagnosis.explanation import METHODS
from pipeline.models import BACKBONES
from pipeline.models.recipe import Published, Recipe
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage
from pipeline.readers import READERS
from pipeline.readers.base import ChannelHeader, Header, Reader, Writer
from pipeline.registry import Registry
from pipeline.signals.conditioning.step import Step
from pipeline.signals.conditioning.steps import STEPS

FOLDER = Path(__file__).parent / "reference"
WIDTH = 100
MADE = "<!-- Written by docs/reference.py from the code: change the code, and run it. -->\n\n"

TOLD = {
    "demo": "index", "scan": "recordings", "inspect": "recordings", "split": "no_leaks", "pretrain": "training",
    "train": "training", "evaluate": "evaluate", "enroll": "training", "export": "edge", "diagnose": "verdict",
    "explain": "explain", "batch": "batch", "report": "report", "health": "batch", "schedule": "batch",
    "alarms": "batch", "weights": "offline_weights", "corpora": "own_corpus", "config": "tutorial",
    "completion": "tutorial",
}  # fmt: skip
"""The page that tells of a command."""

BEGINNINGS = {
    "commands": """# Commands

What `--help` prints. `faultprint --debug COMMAND` shows the traceback of an error. `--json` prints one document, or one
line per signal, on stdout and nothing else; progress and notes go to stderr.

""",
    "config": """# Config of a run

A YAML file; unknown keys are errors. `faultprint config schema` prints the same as JSON Schema
([config.schema.json](config.schema.json)), with which editors complete and check while you type: the YAML extension of
VS Code asks for `# yaml-language-server: $schema=config.schema.json` in the first line.

[Stages](stages.md) have their options on a page of their own, and so have the [steps of conditioning](conditioning.md).
`--set branches.0.regime=full` overrides a value on the command line, and `faultprint config explain branches.regime`
says there what it means.

""",
    "stages": """# Stages of images

In a config `decibels` takes a stage as it is, and `{decibels: {floor_db: 60}}` sets options. Which to choose, with a
snippet of each: [Images](../images.md).
""",
    "conditioning": """# Steps of conditioning

What is done to every recording before windows are cut, in the order of the config; when to do what:
[Recordings](../recordings.md#conditioning).
""",
    "registries": """# What has a name

Everything that a config or a flag calls by a name stands in a registry. Another package adds an entry through an entry
point of the group; a name of ours cannot be replaced.
""",
    "python": """# From Python

The public names, `import pipeline`; they load when first used. What a package of yours may build on:
[Interfaces](interfaces.md).

""",
    "interfaces": """# Interfaces

What a package of yours derives from or fills in. Each kind has a page with an example.
""",
}
"""The first words of each page."""

EXITS = {
    exits.DONE: "done",
    exits.INTERNAL: "a fault of ours; `--debug` shows where",
    exits.WRONG: "the request is wrong: an option, a config, a model, nothing to read",
    exits.SOME_UNUSABLE: "done, but some recordings could not be used; each has a row with its reason",
    exits.LOCKED: "a store or a lock is not available",
    exits.INTERRUPTED: "interrupted",
}
VARIABLES = {
    "FAULTPRINT_DATA": "the folder that holds public data sets, each in its publisher's layout",
    "FAULTPRINT_WEIGHTS": "a folder of weights files, found by their names",
    "FAULTPRINT_CACHE": "where features, and files from servers, are kept",
    "NO_COLOR": "no colours on a terminal",
}


def commands() -> str:
    """Every command with its options, as `--help` tells them."""
    root = typer.main.get_command(app)
    context = root.context_class(root, info_name="faultprint", terminal_width=WIDTH)
    codes = "\n".join(f"| {code} | {told} |" for code, told in EXITS.items())
    variables = "\n".join(f"| `{name}` | {told} |" for name, told in VARIABLES.items())
    return (
        f"{BEGINNINGS['commands']}"
        f"| exit code | |\n|---|---|\n{codes}\n\n| variable | |\n|---|---|\n{variables}\n\n"
        "Flags win over variables, variables over the config, the config over what holds without it.\n\n"
        + "\n\n".join(_commands(root, context))
    )


def _commands(group: Any, context: Any) -> Iterator[str]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        inner = command.context_class(command, info_name=name, parent=context, terminal_width=WIDTH)
        outer = context.parent is None
        told = f"{linked(TOLD[name])}\n\n" if outer else ""
        title = inner.command_path.removeprefix("faultprint ")
        yield f"{'##' if outer else '###'} {title}\n\n{told}```text\n{command.get_help(inner)}\n```"
        if hasattr(command, "commands"):
            yield from _commands(command, inner)


def linked(page: str) -> str:
    """A link to a page, by its title."""
    title = (FOLDER.parent / f"{page}.md").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return f"More: [{title}](../{page}.md)."


def config() -> str:
    """A run's config, object by object, and the schema beside it."""
    schema = config_schema(ours(STAGES), ours(STEPS))
    definitions = schema["$defs"]
    parts = [
        f"{BEGINNINGS['config']}## The whole\n\n{table(schema, definitions)}",
    ]
    parts += [
        f"## {name}\n\n{words(definitions[name])}\n\n{table(definitions[name], definitions)}"
        for name in in_order(schema, definitions)
        if "properties" in definitions[name]
    ]
    return "\n\n".join(parts)


def ours(registry: Registry[Any]) -> dict[str, Any]:
    """The entries of a registry that come with Faultprint, whatever else is installed."""
    return {name: registry[name] for name in registry if _module(registry[name]).startswith("pipeline.")}


def _module(thing: Any) -> str:
    return str(getattr(thing, "__module__", None) or type(thing).__module__)


def stages() -> str:
    """Every stage: what it is, its options, the function behind it."""
    parts = [BEGINNINGS["stages"].strip()]
    for name, kind in ours(STAGES).items():
        schema = spelled_out(kind.Config.model_json_schema())
        takes = "samples" if kind.takes == "samples" else "an image"
        trained = ", while a net is trained" if kind.augments else ""
        parts.append(
            f"## {name}\n\nTakes {takes}{trained}. {words(schema)} See [images.md](../images.md#{name}).\n\n"
            f"{table(schema, schema.get('$defs', {}))}" + _function_behind(kind)
        )
    return "\n\n".join(parts)


def behind(kind: Any) -> Any:
    """The pure function that a stage or step is a coat over: the first that its docstring names; None where none."""
    named = re.search(r"`(\w+)`", text_of(kind))
    function = getattr(inspect.getmodule(kind), named[1], None) if named else None
    return function if inspect.isfunction(function) else None


def _function_behind(kind: type) -> str:
    function = behind(kind)
    if function is None:
        told = next(split_up(text_of(kind)))[1].partition("\n\n")[2]
        sources = "".join(
            f"\n\n**Source**: {plain(text)}" for name, text in split_up(text_of(kind)) if name == "Source"
        )
        return f"\n\n{plain(told)}{sources}" if told else ""
    return "\n\n" + function_section(function, function.__name__, f"### The function {function.__name__}")


def conditioning() -> str:
    """Every step of conditioning."""
    parts = [BEGINNINGS["conditioning"].strip()]
    for name, kind in ours(STEPS).items():
        schema = kind.model_json_schema()
        parts.append(
            f"## {name}\n\n{words(schema)}\n\n{table(schema, schema.get('$defs', {}))}" + _function_behind(kind)
        )
    return "\n\n".join(parts)


REGISTRIES: tuple[tuple[str, Registry[Any], str], ...] = (
    ("Readers", READERS, "own_reader"),
    ("Stages", STAGES, "own_image"),
    ("Backbones", BACKBONES, "own_backbone"),
    ("Steps of conditioning", STEPS, "recordings"),
    ("Protocols of splits", PROTOCOLS, "no_leaks"),
    ("Corpora", CORPORA, "own_corpus"),
    ("Methods of explanation", METHODS, "explain"),
    ("Executors of a batch", EXECUTORS, "ray"),
    ("Notifiers", NOTIFIERS, "batch"),
)


def registries() -> str:
    """What has a name, and where another package adds its own."""
    parts = [BEGINNINGS["registries"].strip()]
    for title, registry, page in REGISTRIES:
        rows = "\n".join(f"| `{name}` | {_told(registry, name)} |" for name in _our_names(registry))
        parts.append(f"## {title}\n\nGroup `{registry.group}`. {linked(page)}\n\n| name | |\n|---|---|\n{rows}")
    return "\n\n".join(parts)


def _our_names(registry: Registry[Any]) -> list[str]:
    return list(registry) if registry is CORPORA else list(ours(registry))


def _told(registry: Registry[Any], name: str) -> str:
    """An entry in a sentence."""
    entry = registry[name]
    if registry is CORPORA:
        told = manifest_of(name).title
    elif isinstance(entry, Recipe):
        told = f"pictures of {entry.input_size} x {entry.input_size}" + (
            "" if entry.published else ", nothing published"
        )
    else:
        function = behind(entry) if isinstance(entry, type) else None
        told = first_sentence(inspect.cleandoc((function or entry).__doc__ or ""))
    return as_markdown(told).replace("|", "\\|")


def python() -> str:
    """The public names."""
    names = pipeline.__all__
    listed = "\n".join(
        f"- [`{name}`](#{name.lower()}): {as_markdown(first_sentence(text_of(getattr(pipeline, name))))}"
        for name in names
    )
    sections = "\n\n".join(section(getattr(pipeline, name), name) for name in names)
    return f"{BEGINNINGS['python']}{listed}\n\n{sections}"


INTERFACES: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("Readers", (Reader, Writer, Header, ChannelHeader), "own_reader"),
    ("Stages", (Stage, Batch, Setting, ImageAxes, Axis), "own_image"),
    ("Backbones", (Recipe, Published), "own_backbone"),
    ("Conditioning", (Step,), "recordings"),
    ("Batches", (Executor, Notifier), "batch"),
)


def interfaces() -> str:
    """What packages of others build on."""
    parts = [BEGINNINGS["interfaces"].strip()]
    for title, kinds, page in INTERFACES:
        where = " and ".join(f"`{module}`" for module in dict.fromkeys(kind.__module__ for kind in kinds))
        parts.append(f"**{title}**, from {where}. {linked(page)}")
        parts += [section(kind, kind.__name__) for kind in kinds]
    return "\n\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "config.md": config,
    "stages.md": stages,
    "conditioning.md": conditioning,
    "registries.md": registries,
    "python.md": python,
    "interfaces.md": interfaces,
}


def written() -> dict[str, str]:
    """Every file of the reference by its name."""
    os.environ |= {"NO_COLOR": "1", "COLUMNS": str(WIDTH)}
    pages = {name: MADE + page() + "\n" for name, page in PAGES.items()}
    return pages | {
        "config.schema.json": json.dumps(config_schema(ours(STAGES), ours(STEPS)), indent=1, ensure_ascii=False) + "\n"
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in set(FOLDER.iterdir()) - {FOLDER / name for name in written()}:
        stale.unlink()
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{FOLDER}: {len(PAGES)} pages\n")
