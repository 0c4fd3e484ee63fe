"""Docstrings and signatures as Markdown: Google style in, headings, lists and code out.

Signatures are read from the source, so that every version of Python prints the same ones.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Example", "Source")
HEADER = re.compile(rf"^({'|'.join(SECTIONS)}):[ ]*(.*)$")
ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*): (.*)$", re.DOTALL)
LISTED = ("Args", "Attributes", "Raises")


def text_of(thing: Any) -> str:
    """The docstring of a thing of ours; empty where it has none of its own."""
    own = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    return inspect.cleandoc(own or "")


def split_up(docstring: str) -> Iterator[tuple[str, str]]:
    """The words before any section under "", then each section with its text.

    Example:
        >>> list(split_up("What it does.\\n\\nReturns:\\n    A number."))
        [('', 'What it does.'), ('Returns', 'A number.')]
    """
    name, lines = "", list[str]()
    for line in docstring.splitlines():
        header = HEADER.match(line)
        if header:
            yield name, textwrap.dedent("\n".join(lines)).strip()
            name, lines = header[1], [header[2]] if header[2] else []
        else:
            lines.append(line.strip() if name == "Source" else line)
    yield name, textwrap.dedent("\n".join(lines)).strip()


def as_markdown(docstring: str) -> str:
    """A docstring as a reader of a page wants it."""
    return "\n\n".join(_section(name, text) for name, text in split_up(docstring) if text)


def _section(name: str, text: str) -> str:
    if not name:
        return plain(text)
    if name == "Example":
        return f"**Example**\n\n```pycon\n{text}\n```"
    if name in LISTED:
        return f"**{name}**\n\n" + "\n".join(f"- {_entry(entry)}" for entry in entries(text))
    return f"**{name}**: {plain(text)}"


def entries(text: str) -> list[str]:
    """The entries of a list of arguments, each in one line.

    Example:
        >>> entries("path: a file,\\n    or its URL.\\nrate_hz: samples per second.")
        ['path: a file, or its URL.', 'rate_hz: samples per second.']
    """
    found = list[str]()
    for line in text.splitlines():
        if line.startswith(" ") and found:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.strip())
    return found


def _entry(entry: str) -> str:
    named = ENTRY.match(entry)
    if not named:
        return plain(entry)
    names = ", ".join(f"`{name}`" for name in named[1].split(", "))
    return f"{names}: {plain(named[2])}"


def plain(text: str) -> str:
    """Words as Markdown takes them: what stands in quotes for code is left, angles are no HTML."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if place % 2 else part.replace("<", "&lt;").replace("*", "\\*") for place, part in enumerate(parts)
    )


def first_sentence(docstring: str) -> str:
    """The first sentence of a docstring, or all of its first paragraph where that has no end.

    Example:
        >>> first_sentence("Fold: rows (i.e. lines) of samples. And more.")
        'Fold: rows (i.e. lines) of samples.'
    """
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z0-9)`]\.)(?<!i\.e\.)(?<!e\.g\.) (?=[A-Z`])", paragraph)[0]


def node_of(thing: Any) -> ast.FunctionDef | ast.ClassDef:
    """The definition of a function or class in its source."""
    (node, *_) = ast.parse(textwrap.dedent(inspect.getsource(thing))).body
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    return node


def signature(node: ast.FunctionDef, name: str) -> str:
    """A call, an argument per line where one line would be too long."""
    parts = [part for part in _parts(node.args) if part not in ("self", "cls")]
    back = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{name}({', '.join(parts)}){back}"
    return line if len(line) <= 100 else f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){back}"


def _parts(told: ast.arguments) -> list[str]:
    """Each argument of a signature, with its default."""
    named = [*told.posonlyargs, *told.args]
    defaults = [None] * (len(named) - len(told.defaults)) + list(told.defaults)
    parts = [_part(one, value) for one, value in zip(named, defaults, strict=True)]
    if told.vararg:
        parts.append(f"*{_part(told.vararg, None)}")
    elif told.kwonlyargs:
        parts.append("*")
    parts += [_part(one, value) for one, value in zip(told.kwonlyargs, told.kw_defaults, strict=True)]
    return [*parts, f"**{_part(told.kwarg, None)}"] if told.kwarg else parts


def _part(argument: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(argument.annotation)}" if argument.annotation else ""
    return f"{argument.arg}{kind}" + (f" = {ast.unparse(default)}" if default else "")


def fields(node: ast.ClassDef) -> list[str]:
    """The fields that a class declares, public ones, with type and default where that is short."""
    declared = [line for line in node.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]
    return [_field(line) for line in declared if not _hidden(ast.unparse(line.target))]


def _field(line: ast.AnnAssign) -> str:
    told = f"{ast.unparse(line.target)}: {ast.unparse(line.annotation)}"
    if line.value is None:
        return told
    value = ast.unparse(line.value)
    return f"{told} = {value}" if len(value) < 40 else f"{told} = ..."


def methods(node: ast.ClassDef) -> Iterator[tuple[ast.FunctionDef, str]]:
    """The public functions of a class, each with what it is: a method, a classmethod, a property."""
    for line in node.body:
        if isinstance(line, ast.FunctionDef) and not _hidden(line.name):
            kinds = [ast.unparse(one).rpartition(".")[2] for one in line.decorator_list]
            if not {"field_validator", "model_validator"} & {kind.partition("(")[0] for kind in kinds}:
                yield line, next((kind for kind in ("property", "classmethod", "staticmethod") if kind in kinds), "")


def _hidden(name: str) -> bool:
    return name.startswith("_")


def function_section(thing: Any, name: str, title: str = "") -> str:
    """A heading, the call, what it does."""
    node = node_of(thing)
    assert isinstance(node, ast.FunctionDef)
    return f"{title or '## ' + name}\n\n```python\n{signature(node, name)}\n```\n\n{as_markdown(text_of(thing))}"


def class_section(thing: type, name: str, depth: int = 2) -> str:
    """A heading, fields, what it is, and each of its methods."""
    node = node_of(thing)
    assert isinstance(node, ast.ClassDef)
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    head = "\n    ".join([f"class {name}({bases}):" if bases else f"class {name}:", *(fields(node) or ["..."])])
    parts = [f"{'#' * depth} {name}", f"```python\n{head}\n```", as_markdown(text_of(thing))]
    parts += [_method(function, kind, name, depth + 1) for function, kind in methods(node)]
    return "\n\n".join(parts)


def _method(node: ast.FunctionDef, kind: str, owner: str, depth: int) -> str:
    docstring = as_markdown(inspect.cleandoc(ast.get_docstring(node) or ""))
    if kind == "property":
        back = f": {ast.unparse(node.returns)}" if node.returns else ""
        call = f"{node.name}{back}"
    else:
        call = f"{'@' + kind + chr(10) if kind else ''}{signature(node, node.name)}"
    return f"{'#' * depth} {owner}.{node.name}\n\n```python\n{call}\n```\n\n{docstring}"


def section(thing: Any, name: str) -> str:
    """A function or a class."""
    return class_section(thing, name) if isinstance(thing, type) else function_section(thing, name)
