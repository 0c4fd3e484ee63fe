"""Files are written whole, where the user's name for them leads, and nothing but a file is ever replaced."""

import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import RequestError
from pipeline.whole_file import refuse_unwritable, write_text


def test_a_link_is_followed_to_the_file_it_leads_to(tmp_path: Path) -> None:
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_text("before")
    link.symlink_to(real)
    assert write_text(link, "after") == link
    assert link.is_symlink()
    assert real.read_text() == "after"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "real.html"]


def test_a_link_to_a_file_that_is_not_there_makes_it(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "later.html")
    write_text(tmp_path / "link.html", "whole")
    assert (tmp_path / "later.html").read_text() == "whole"
    assert (tmp_path / "link.html").is_symlink()


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_refused_and_stays_one(tmp_path: Path, linked: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    with pytest.raises(RequestError, match="needs a file, and this is none"):
        write_text(tmp_path / "link" if linked else pipe, "whole")
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert len(list(tmp_path.iterdir())) == 2


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.html").symlink_to("loop.html")
    with pytest.raises(RequestError, match="needs a file, and this is none"):
        write_text(tmp_path / "loop.html", "whole")
    assert (tmp_path / "loop.html").is_symlink()


def test_a_file_that_only_we_may_not_replace_is_told_before_the_work(tmp_path: Path) -> None:
    refuse_unwritable("--page", tmp_path / "new.html")
    refuse_unwritable("--page", None)
    os.mkfifo(tmp_path / "pipe")
    for wrong in (tmp_path, tmp_path / "nowhere" / "new.html", tmp_path / "pipe", Path()):
        with pytest.raises(RequestError, match="--page"):
            refuse_unwritable("--page", wrong)
