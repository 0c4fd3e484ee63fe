"""A shell completes commands, options and choices, without waiting for torch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = """#!{python}
import atexit, sys
atexit.register(lambda: "torch" in sys.modules and print("torch was loaded"))
from pipeline.cli import main
main()
"""


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory):
    """What bash offers for a line, asking the command of this checkout."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    folder = tmp_path_factory.mktemp("bin")
    (folder / "faultprint").write_text(COMMAND.format(python=sys.executable))
    (folder / "faultprint").chmod(0o755)
    there = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def ask(*words: str) -> list[str]:
        line = " ".join(f"'{word}'" for word in ("faultprint", *words))
        script = (
            'eval "$(faultprint completion bash)"; '
            f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _faultprint_completion faultprint; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run([bash, "-c", script], env=there, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.split("\n")[:-1]

    return ask


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["diag"], ["diagnose"]),
        (["config", ""], ["schema", "explain"]),
        (["inspect", "--spe"], ["--speed-rpm"]),
        (["batch", "ready", "inbox", "--evidence", ""], ["faults", "all", "none"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
    ],
)
def test_bash_completes_commands_options_and_choices_and_loads_no_torch(completed, words, offered) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_this_command(run, shell: str) -> None:
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert f"_FAULTPRINT_COMPLETE=complete_{shell}" in out


def test_another_shell_is_refused_in_one_line(run) -> None:
    code, out, err = run("completion", "cmd")
    assert (code, out) == (2, "")
    assert "bash" in err
    assert err.count("\n") == 1


def test_help_names_it_in_one_line_and_no_option_more(run) -> None:
    _, out, _ = run("--help")
    assert sum("completion" in line for line in out.splitlines()) == 1
