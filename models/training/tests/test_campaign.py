"""A campaign runs teachers before networks, leaves finished runs alone, and one failure takes no other run with it."""

import fcntl
import json

import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.errors import InputError
from thrombectomy_models.train.campaign import plan_campaign, run_campaign
from thrombectomy_models.train.cross_validation import Workspace, prepare_workspace
from thrombectomy_models.train.settings import read_settings, write_settings

SMALL = {"network": "mobilenetv3_small_100", "stages": [{"side_px": 64, "steps": 2, "batch": 8, "peak_rate": 0.001}]}
TEACHER = SMALL | {"network": "tf_efficientnet_lite0"}


@pytest.fixture
def workspace(ct_ich, tmp_path):
    workspace = Workspace(tmp_path)
    prepare_workspace(ct_ich, workspace, folds=2, seed=1)
    return workspace


def _write(folder, **settings):
    file = folder / f"{settings['network']}.json"
    file.write_text(json.dumps(settings))
    return file


def test_runs_of_all_folds_end_and_are_not_run_again(workspace, capsys):
    file = _write(workspace.root, **SMALL)
    command = ["campaign", "--workspace", str(workspace.root), "--settings", str(file), "--runs", "0,1", "--workers", "2", "--fp32"]
    states = []
    for _ in range(2):
        assert main(command) == 0
        states.append([(one["fold"], one["state"]) for one in map(json.loads, capsys.readouterr().out.splitlines())])
    assert sorted(states[0]) == [("0", "finished"), ("1", "finished")]
    assert sorted(states[1]) == [("0", "was-finished"), ("1", "was-finished")]
    assert (workspace.run(SMALL["network"], "1") / "oof.npz").is_file()
    other = _write(workspace.root, **SMALL, seed=7)
    with pytest.raises(InputError, match=r"settings\.json: finished with other settings"):
        plan_campaign(workspace, [other], ["0"])


def test_a_run_that_fails_is_named_and_the_others_end(workspace, capsys):
    file = _write(workspace.root, **SMALL)
    broken = workspace.run(SMALL["network"], "0")
    broken.mkdir()
    (broken / "checkpoint.pt").write_text("no checkpoint")
    assert main(["campaign", "--workspace", str(workspace.root), "--settings", str(file), "--runs", "0,1", "--fp32"]) == 2
    printed = capsys.readouterr()
    assert [json.loads(line)["state"] for line in printed.out.splitlines()] == ["failed", "finished"]
    assert f"{broken}/train.log: 1 of the runs failed" in printed.err


def test_after_its_minutes_no_run_is_begun(workspace):
    waves = plan_campaign(workspace, [_write(workspace.root, **SMALL)], ["0", "all"])
    assert [one.state for one in run_campaign(workspace, waves, minutes=0)] == ["stopped", "stopped"]
    assert not workspace.run(SMALL["network"], "0").exists()


def test_a_running_process_is_stopped_by_the_clock_and_goes_on_later(workspace):
    slow = SMALL | {"stages": [{"side_px": 64, "steps": 100_000, "batch": 8, "peak_rate": 0.001}]}
    waves = plan_campaign(workspace, [_write(workspace.root, **slow)], ["0"])
    directory = workspace.run(SMALL["network"], "0")
    assert [one.state for one in run_campaign(workspace, waves, minutes=0.02)] == ["stopped"]
    assert (directory / "train.log").exists() and not (directory / "weights.pt").exists()
    with (directory / "lock").open("w") as lock:  # nobody trains there any more
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_interrupt_begins_no_other_run(workspace):
    waves = plan_campaign(workspace, [_write(workspace.root, **SMALL)], ["0", "1"])
    outcomes = run_campaign(workspace, waves)
    assert next(outcomes).state == "finished"
    outcomes.close()
    assert not (workspace.run(SMALL["network"], "1") / "weights.pt").exists()


def test_teachers_come_in_a_wave_before_the_networks(workspace):
    files = [_write(workspace.root, **SMALL, teacher_weight=0.5), _write(workspace.root, **TEACHER)]
    waves = plan_campaign(workspace, files, ["0", "1"])
    assert [[(one.network, one.fold) for one in wave] for wave in waves] == [
        [(TEACHER["network"], "0"), (TEACHER["network"], "1")],
        [(SMALL["network"], "0"), (SMALL["network"], "1")],
    ]


def test_what_cannot_run_is_refused_before_anything_runs(workspace):
    plain = _write(workspace.root, **SMALL)
    with pytest.raises(InputError, match="folds .* are not each one of"):
        plan_campaign(workspace, [plain], ["0", "7"])
    with pytest.raises(InputError, match="folds .* are not each one of"):
        plan_campaign(workspace, [plain], ["0", "0"])
    with pytest.raises(InputError, match="a network is named twice"):
        plan_campaign(workspace, [plain, plain], ["0"])
    with pytest.raises(InputError, match="wants a teacher"):
        plan_campaign(workspace, [_write(workspace.root, **SMALL, map_weight=0.5)], ["0"])


def test_a_finished_pupil_wants_no_teacher(workspace):
    file = _write(workspace.root, **SMALL, teacher_weight=0.5)
    run = workspace.run(SMALL["network"], "0")
    run.mkdir()
    for name in ("weights.pt", "oof.npz"):
        (run / name).touch()
    write_settings(read_settings(file), run / "settings.json")
    assert len(plan_campaign(workspace, [file], ["0"])[0]) == 1
    with pytest.raises(InputError, match="wants a teacher"):
        plan_campaign(workspace, [file], ["0", "1"])
