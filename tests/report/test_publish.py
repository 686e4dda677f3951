import multiprocessing
import os
import signal

import pytest

from surveylib.errors import SurveyError
from surveylib.report.publish import publication, write_text


def publish(target, words):
    with publication(target) as built:
        (built / "index.html").write_text(words)


def content(target):
    return (target / "index.html").read_text()


def left_over(target):
    return sorted(path.name for path in target.parent.iterdir() if path.is_dir() and path != target)


def test_a_new_run_takes_the_place_of_the_old_with_nothing_left_over(tmp_path):
    target = tmp_path / "s" / "r1"
    publish(target, "một")
    (target / "stale.html").write_text("x")
    publish(target, "hai")
    assert content(target) == "hai"
    assert not (target / "stale.html").exists()
    assert left_over(target) == []


def test_while_it_is_built_the_old_run_stands(tmp_path):
    target = tmp_path / "r1"
    publish(target, "một")
    with publication(target) as built:
        (built / "index.html").write_text("hai")
        assert content(target) == "một"
    assert content(target) == "hai"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_run_leaves_the_old_one(tmp_path, error):
    target = tmp_path / "r1"
    publish(target, "một")
    with pytest.raises(error), publication(target) as built:
        (built / "index.html").write_text("hỏng")
        raise error
    assert content(target) == "một"
    assert left_over(target) == []


def _die_building(target):
    with publication(target) as built:
        (built / "index.html").write_text("dở")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_run_leaves_the_old_one_and_the_next_clears_up(tmp_path):
    target = tmp_path / "r1"
    publish(target, "một")
    process = multiprocessing.get_context("fork").Process(target=_die_building, args=(target,))
    process.start()
    process.join(20)
    assert process.exitcode == -signal.SIGKILL
    assert content(target) == "một"
    assert left_over(target) == [".r1.new"]
    publish(target, "hai")
    assert content(target) == "hai"
    assert left_over(target) == []


def test_a_run_killed_between_the_two_renames_is_put_back(tmp_path):
    target = tmp_path / "r1"
    publish(target, "một")
    os.replace(target, tmp_path / ".r1.old")
    with pytest.raises(ValueError), publication(target):
        assert content(target) == "một"
        raise ValueError
    assert content(target) == "một"


def test_two_builders_of_one_run_do_not_mix(tmp_path):
    target = tmp_path / "r1"
    with publication(target), pytest.raises(SurveyError, match="another process"), publication(target):
        pass
    with publication(tmp_path / "r2") as other:
        assert other.name == ".r2.new"


def test_a_file_in_the_place_of_a_run_is_refused(tmp_path):
    (tmp_path / "r1").write_text("x")
    with pytest.raises(SurveyError, match="folder"), publication(tmp_path / "r1"):
        pass


def test_a_page_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    write_text(tmp_path / "a.html", "một")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_text(tmp_path / "a.html", "hai")
    assert (tmp_path / "a.html").read_bytes() == "một".encode()
    assert os.listdir(tmp_path) == ["a.html"]
    assert (tmp_path / "a.html").stat().st_mode & 0o777 == 0o644
