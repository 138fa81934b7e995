"""Whom weights learned from: kept with runs and contracts as digests, recognised under other names, unknown rather than incomplete."""

import json
import shutil

import numpy as np
import pytest
import torch

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.data.ct_ich import read_ct_ich
from thrombectomy_models.data.patient_digest import digest_slices, digest_volume
from thrombectomy_models.errors import InputError, LeakageError
from thrombectomy_models.train.cohort_run import PreparedStudy, check_not_learned
from thrombectomy_models.train.cross_validation import Workspace
from thrombectomy_models.train.learned_from import find_learned, find_learned_by_run, read_start
from thrombectomy_models.train.origin import Origin, read_origin
from thrombectomy_models.train.prepared import prepare_patient, read_digests
from thrombectomy_models.train.settings import read_settings
from thrombectomy_models.train.teacher import TEACHER

from .conftest import PIPELINE_NETWORK as NETWORK
from .conftest import release_command, resample_less, write_ct_ich


def _digest(name):
    return f"{name:0>16}"


@pytest.fixture
def workspace(tmp_path):
    """Four patients in two folds, with digests 1 to 4; patients 1 and 2 are fold 0."""
    place = Workspace(tmp_path / "w")
    place.prepared.mkdir(parents=True)
    (place.root / "folds.json").write_text(json.dumps({"1": 0, "2": 0, "3": 1, "4": 1}))
    for patient in "1234":
        (place.prepared / f"{patient}.digest").write_text(_digest(patient) + "\n")
    return place


def _finish(workspace, network, fold, *, teacher=False, **origin):
    run = workspace.run(network, fold)
    run.mkdir()
    weight = {"teacher_weight": 1.0} if teacher else {}
    (run / "settings.json").write_text(json.dumps({"network": network, "stages": [{"side_px": 64, "steps": 1, "batch": 2, "peak_rate": 0.1}], **weight}))
    torch.save({"origin": Origin(fold, **origin).to_state()}, run / "weights.pt")
    return run / "weights.pt"


def _found(workspace, network, fold):
    learned = find_learned_by_run(workspace, network, fold)
    return None if learned is None else {digest.lstrip("0") for digest in learned}


def test_order_numbers_and_slices_beside_do_not_matter():
    hu = np.random.default_rng(0).integers(-1000, 1000, (5, 8, 8), dtype=np.int16)
    assert digest_volume(hu) == digest_volume(hu[::-1]) == digest_volume(hu.astype(">i2").astype(np.int32)) != digest_volume(hu + 1)
    more = np.concatenate([hu, np.random.default_rng(1).integers(-1000, 1000, (5, 8, 8), dtype=np.int16)])
    assert digest_volume(hu) in digest_slices(more)
    air = np.full((2, 8, 8), -1024, np.int16)
    assert digest_volume(air) is None and digest_volume(np.concatenate([air, hu])) == digest_volume(hu)
    assert digest_volume(hu.reshape(5, 4, 16)) != digest_volume(hu)


def test_run_of_before_learned_from_the_patients_its_fold_left(workspace):
    _finish(workspace, NETWORK, "0", held_out=("1", "2"))
    _finish(workspace, NETWORK, "all", held_out=())
    assert _found(workspace, NETWORK, "0") == {"3", "4"}
    assert _found(workspace, NETWORK, "all") == {"1", "2", "3", "4"}
    assert _found(workspace, NETWORK, "1") is None  # no such run


def test_run_says_itself_whom_it_learned_from(workspace):
    _finish(workspace, NETWORK, "0", held_out=("1", "2"), start="x", learned_from=(_digest(3), _digest(9)))
    assert _found(workspace, NETWORK, "0") == {"3", "9"}


@pytest.mark.parametrize("origin", [{"held_out": ("1", "2"), "start": "x"}, {"held_out": ("1", "2"), "adopted": "0.1.0"}, {}, {"held_out": ("1",)}])
def test_what_a_run_does_not_say_is_unknown(workspace, origin):
    _finish(workspace, NETWORK, "0", **origin)
    assert _found(workspace, NETWORK, "0") is None


def test_patient_without_a_digest_makes_it_unknown(workspace):
    _finish(workspace, NETWORK, "0", held_out=("1", "2"))
    (workspace.prepared / "1.digest").unlink()
    assert _found(workspace, NETWORK, "0") == {"3", "4"}
    (workspace.prepared / "4.digest").unlink()
    assert _found(workspace, NETWORK, "0") is None


def test_those_behind_the_start_and_the_teacher_belong_to_it(workspace, tmp_path):
    _finish(workspace, NETWORK, "0", held_out=("1", "2"), learned_from=(_digest(3), _digest(4), _digest(8)))
    _finish(workspace, TEACHER, "0", held_out=("1", "2"), start="x", learned_from=(_digest(3), _digest(4), _digest(7)))
    settings = read_settings(_finish(workspace, NETWORK, "1", teacher=True).parent / "settings.json")
    assert settings.has_teacher
    assert find_learned(workspace, settings, "0", "0") == {_digest(one) for one in (3, 4, 7, 8)}
    assert find_learned(workspace, settings, "1", None) is None  # no teacher there
    other = _finish(workspace, "elsewhere", "0", learned_from=(_digest(5),))
    assert find_learned(workspace, settings, "0", str(other)) == {_digest(one) for one in (3, 4, 5, 7)}
    torch.save({"origin": Origin("0").to_state()}, other)
    assert find_learned(workspace, settings, "0", str(other)) is None


def test_released_version_as_a_start(small_model, tmp_path):
    assert read_start(small_model) == frozenset()
    copy = shutil.copytree(small_model, tmp_path / "copy")
    contract = json.loads((copy / "contract.json").read_text())
    training = contract["training"]
    del training["learnedFrom"]
    (copy / "contract.json").write_text(json.dumps(contract))
    assert read_start(copy) == frozenset()  # seeded weights of before
    data = {"name": "x", "kind": "real", "patients": 1, "slices": 1, "targets": [], "citation": "x", "licence": "x"}
    (copy / "contract.json").write_text(json.dumps(contract | {"training": training | {"data": [data]}}))
    assert read_start(copy) is None


def test_digests_are_added_to_slices_of_before_and_only_to_their_own(tmp_path):
    volume = read_ct_ich(write_ct_ich(tmp_path / "data", {1: True}))[0]
    path = prepare_patient(volume, tmp_path)
    digest = (tmp_path / "001.digest").read_text()
    assert read_digests(tmp_path, ["001"]) == {digest_volume(volume.read_hu())}
    (tmp_path / "001.digest").unlink()
    before = path.stat().st_mtime_ns
    prepare_patient(volume, tmp_path)
    assert (path.stat().st_mtime_ns, (tmp_path / "001.digest").read_text()) == (before, digest)
    (tmp_path / "001.digest").unlink()
    other = read_ct_ich(write_ct_ich(tmp_path / "other", {1: False}))[0]
    with pytest.raises(InputError, match=r"001\.npz: was prepared from other images or labels"):
        prepare_patient(other, tmp_path)
    assert not (tmp_path / "001.digest").exists()


@pytest.mark.parametrize("volumes", [["0123456789ABCDEF"], ["0123"], ["0123456789abcdef"] * 2])
def test_contract_takes_digests_and_nothing_else(small_model, tmp_path, volumes):
    copy = shutil.copytree(small_model, tmp_path / "copy")
    contract = json.loads((copy / "contract.json").read_text())
    contract["training"]["learnedFrom"]["volumes"] = volumes
    (copy / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(InputError, match="training/learnedFrom/volumes"):
        read_contract(copy)


def test_start_that_learned_from_a_study_to_be_measured_on_is_refused():
    class Row:
        study, split = "s4", "test"

    one = PreparedStudy(Row, None, frozenset({"a", "b"}))
    check_not_learned(frozenset({"c"}), [one], "start.pt")
    with pytest.raises(LeakageError, match=r"start\.pt: learned from study s4, which has the split test"):
        check_not_learned(frozenset({"b"}), [one], "start.pt")


def _evaluate(data, version, capsys):
    capsys.readouterr()
    assert main(["evaluate", "--data", str(data), "--model", str(version), "--repeats", "5"]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_release_says_whom_it_learned_from_and_evaluate_recognises_them(released, capsys):
    workspace = Workspace(released)
    dealt = workspace.read_folds()
    for storage in ("fp16", "int8"):
        said = read_contract(released / storage / NETWORK / "0.9.0")["training"]["learnedFrom"]
        assert set(said["volumes"]) == read_digests(workspace.prepared, [p for p, fold in dealt.items() if fold == 1])
        assert set(said["calibratedOn"]) == read_digests(workspace.prepared, [p for p, fold in dealt.items() if fold == 0])
    result, warned = _evaluate(released / "data", released / "fp16" / NETWORK / "0.9.0", capsys)
    assert result["learnedFrom"] == {"known": True, "patients": 17, "calibratedOn": 17, "of": 34}
    assert result["validation"] == {"ranking": "partly learned from", "calls": "apparent"}
    assert "warning: the version learned from 17 of the 34 patients measured" in warned


def test_patients_are_recognised_under_other_numbers_and_names(released, tmp_path, capsys):
    """Those of one fold, renumbered, with upper-case names and one slice without a label."""
    dealt = Workspace(released).read_folds()
    for fold, ranking, calls in ((0, "held-out", "apparent"), (1, "apparent", "apparent")):
        root, lines = tmp_path / str(fold), (released / "data" / "labels.csv").read_text().splitlines()
        rows = lines[:1]
        for patient in [p for p, number in sorted(dealt.items()) if number == fold]:
            shutil.copytree(released / "data" / "patients" / patient, root / "patients" / f"{900 + int(patient)}")
            rows += [f"{900 + int(patient)},{line.split(',', 1)[1]}" for line in lines if line.startswith(f"{int(patient)},") and f",{4}," not in line[:5]]
        for image in root.rglob("*.jpg"):
            image.rename(image.with_suffix(".JPG"))
        (root / "labels.csv").write_text("\n".join(rows) + "\n")
        result, _ = _evaluate(root, released / "fp16" / NETWORK / "0.9.0", capsys)
        assert result["validation"] == {"ranking": ranking, "calls": calls}


def test_run_that_went_on_from_a_version_and_its_release_name_both(released, tmp_path, monkeypatch, capsys):
    resample_less(monkeypatch)
    root = shutil.copytree(released, tmp_path / "w", ignore=shutil.ignore_patterns("data", "int8", f"{NETWORK}-*"))
    version = root / "fp16" / NETWORK / "0.9.0"
    contract = json.loads((version / "contract.json").read_text())
    contract["training"]["learnedFrom"]["volumes"].append("0123456789abcdef")
    (version / "contract.json").write_text(json.dumps(contract))
    start = ["--start", str(version)]
    assert main(["train", "--workspace", str(root), "--settings", str(root / "settings.json"), "--fold", "0", "--fp32", *start]) == 0
    kept = read_digests(Workspace(root).prepared, [p for p, fold in Workspace(root).read_folds().items() if fold == 1])
    learned = kept | {"0123456789abcdef"}
    assert set(read_origin(root / f"{NETWORK}-0" / "weights.pt").learned_from) == learned
    assert main([*release_command(root, "0"), "--models", str(tmp_path / "new")]) == 0
    assert set(read_contract(tmp_path / "new" / NETWORK / "0.9.0")["training"]["learnedFrom"]["volumes"]) == learned
    for digest in Workspace(root).prepared.glob("*.digest"):
        digest.unlink()
    assert main([*release_command(root, "0"), "--models", str(tmp_path / "newer")]) == 0
    assert "warning: the contract will not say whom these weights learned from" in capsys.readouterr().err
    assert "learnedFrom" not in read_contract(tmp_path / "newer" / NETWORK / "0.9.0")["training"]
