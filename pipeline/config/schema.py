"""Schema: a run's config as JSON Schema, every stage and step with options of its own, for editors."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from pipeline.config.run import RunConfig
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.chain import StageSpec
from pipeline.signals.conditioning.steps import STEPS
from pipeline.training.heads.config import HeadConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

TOLD = ("title", "description", "default", "examples")
"""What a schema says of a value without asking anything of it."""

LISTED = {"stages": "Stage", "images": "Stage", "conditioning": "Step"}
"""Keys that list stages or steps, and the definition of what each entry may be."""

SHORTER: Mapping[str, Mapping[str, Schema]] = {
    "RunConfig": {"split": {"const": "none"}, "calibration": {"const": "none"}},
    "TrainedBranchConfig": {
        "regime": {
            "type": "object",
            "properties": {
                "last_blocks": {"type": "integer", "minimum": 1, "description": "how many of the last blocks learn"}
            },
            "required": ["last_blocks"],
            "additionalProperties": False,
        },
        "head": {"enum": HeadConfig.model_json_schema()["properties"]["method"]["enum"]},
    },
}
"""What the validators of a model take besides, as shorter ways to say the same: by model and key."""


def config_schema(stages: Mapping[str, Any] = STAGES, steps: Mapping[str, Any] = STEPS) -> Schema:
    """JSON Schema, draft 2020-12, of a run's config.

    Args:
        stages: what may be a stage, by name; all that are registered, those of other packages too.
        steps: what may be a step of conditioning, by name.

    Example:
        >>> config_schema()["$defs"]["ResizeConfig"]["properties"]["rows"]["maximum"]
        4096
    """
    of_stages = {name: stages[name].Config for name in stages}
    of_steps = {name: steps[name] for name in steps}
    models = dict.fromkeys([RunConfig, *of_stages.values(), *of_steps.values()])
    references, whole = models_json_schema([(model, "validation") for model in models])
    definitions: Schema = {name: spelled_out(one) for name, one in whole["$defs"].items()}
    run = definitions.pop("RunConfig")
    for entry, kinds, options in (("Stage", stages, of_stages), ("Step", steps, of_steps)):
        named = {
            name: {**references[model, "validation"], "description": purpose(kinds[name])}
            for name, model in options.items()
        }
        bare = [name for name, model in options.items() if not model.model_json_schema().get("required")]
        definitions[entry] = _one_of(named, bare)
    return {"$schema": DIALECT, **run, "$defs": definitions}


def spelled_out(schema: Schema) -> Schema:
    """The schema of a model with what pydantic does not know of it: shorter ways, and what its lists may hold."""
    properties: Schema = dict(schema.get("properties", {}))
    for key, shorter in SHORTER.get(schema.get("title", ""), {}).items():
        properties[key] = _or(properties[key], shorter)
    for key in LISTED.keys() & properties.keys():
        properties[key] = _with_entries(properties[key], {"$ref": f"#/$defs/{LISTED[key]}"})
    return schema | ({"properties": properties} if properties else {})


def _or(schema: Schema, other: Schema) -> Schema:
    """A value that may be something else, too; what is told of it stays beside."""
    told = {name: schema[name] for name in TOLD if name in schema}
    rest = {name: value for name, value in schema.items() if name not in told}
    return {"anyOf": [*rest.get("anyOf", [rest]), other]} | told


def _with_entries(schema: Any, entry: Schema) -> Any:
    """The same, with a definition in the place of any name with any options."""
    if schema == TypeAdapter(StageSpec).json_schema():
        return entry
    if isinstance(schema, dict):
        return {name: value if name in TOLD else _with_entries(value, entry) for name, value in schema.items()}
    return [_with_entries(one, entry) for one in schema] if isinstance(schema, list) else schema


def _one_of(named: Mapping[str, Schema], bare: Sequence[str]) -> Schema:
    """One name with its options; or a name alone, where it needs none.

    Args:
        named: the options of each.
        bare: names that need no option.
    """
    optional = {name: _or(named[name], {"type": "null"}) for name in bare}
    properties = {name: optional.get(name, schema) for name, schema in named.items()}
    one = {"type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(bare)}, {**one, "properties": properties}]}


def purpose(kind: type) -> str:
    """What a stage or step is for: the first line of the file that holds it, or else its own.

    Example:
        >>> purpose(STAGES["fold"])
        'Fold: consecutive samples row by row, so that what repeats lines up in columns (Cao et al. 2018).'
    """
    told = inspect.getdoc(inspect.getmodule(kind)) or inspect.getdoc(kind) or ""
    return told.partition("\n")[0]
