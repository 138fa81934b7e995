"""Preparing a cohort in several processes: the same files as in one, and the same error for a file that cannot be read."""

import shutil

import pytest
import torch

from thrombectomy_models.cli import main


@pytest.fixture
def threads_have_run():
    """OpenMP's threads exist in this process: a forked child would wait for them for ever."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.conv2d(torch.randn(8, 8, 128, 128), torch.randn(8, 8, 3, 3))
    yield
    torch.set_num_threads(before)


def test_several_workers_write_the_same_files(ct_ich, tmp_path, threads_have_run):
    for workers in ("1", "2"):
        assert main(["prepare", "--data", str(ct_ich), "--workspace", str(tmp_path / workers), "--folds", "2", "--workers", workers]) == 0
    one, two = (sorted(p for p in (tmp_path / workers).rglob("*") if p.is_file()) for workers in ("1", "2"))
    assert [p.relative_to(tmp_path / "1") for p in one] == [p.relative_to(tmp_path / "2") for p in two]
    assert any(p.parent.name == "pool" for p in one)
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, two, strict=True))


def test_a_damaged_image_is_named_by_every_worker_alike(ct_ich, tmp_path, capsys):
    data = shutil.copytree(ct_ich, tmp_path / "data")
    image = sorted(data.glob("patients/*/brain/*.jpg"))[-1]
    image.write_bytes(b"not a picture")
    for workers in ("1", "2"):
        assert main(["prepare", "--data", str(data), "--workspace", str(tmp_path / workers), "--workers", workers]) == 2
        assert f"{image}: not a readable image" in capsys.readouterr().err
        assert not (tmp_path / workers / "folds.json").exists()
