"""Readers, folds and leakage: bad input is named by file and row."""

import numpy as np
import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.data.cohort import read_cohort
from thrombectomy_models.data.cq500 import FINDINGS, find_series
from thrombectomy_models.data.ct_ich import read_ct_ich
from thrombectomy_models.data.ct_ich_images import find_slices, read_slice
from thrombectomy_models.data.dicom_volume import read_dicom_folder
from thrombectomy_models.data.folds import check_patients_apart, check_pixels_apart, make_folds
from thrombectomy_models.data.report import report_cohort, report_ct_ich
from thrombectomy_models.errors import InputError, LeakageError
from thrombectomy_models.simulate.head import make_head

from .conftest import write_ct_ich, write_dicom

HEADER = "patient,study,folder,split,ich-present,ich-after-evt,poor-collaterals,age\n"


def write_cohort(folder, *lines):
    (folder / "ct").mkdir(exist_ok=True)
    file = folder / "cohort.csv"
    file.write_text(HEADER + "".join(line + "\n" for line in lines))
    return file


def test_ct_ich_windows_come_back_as_hounsfield_units(tmp_path):
    root = write_ct_ich(tmp_path, {7: True})
    head = make_head(np.random.default_rng(7), 5, 96, 96).hu.astype(int)
    head[2, 40:58, 30:48] = 70
    hu = read_slice(find_slices(root / "patients" / "007")[3])
    assert abs(np.median(hu[42:56, 32:46]) - 70) <= 1
    bone = head[2] > 700
    assert abs(np.median(hu[bone] - head[2][bone])) < 15


def test_ct_ich_counts_in_the_report(ct_ich):
    text = report_ct_ich(read_ct_ich(ct_ich), {"001": 0, "002": 0, "003": 1, "004": 1})
    assert "4 patients (2 with a bleed), 20 slices (2 with a bleed)." in text
    assert "| intraparenchymal | 2 | 2 |" in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1,3,0,1,0,0,0,0,0", "1,3,0,1,0,0,0,1,0", r"labels.csv, row 4: no_hemorrhage contradicts"),
        ("1,3,0,1,0,0,0,0,0", "1,3,0,2,0,0,0,0,0", r"labels.csv, row 4: labels must be 0 or 1"),
        ("1,3,0,1,0,0,0,0,0", "1,x,0,1,0,0,0,0,0", r"labels.csv, row 4: slice is 'x', not a whole number"),
        ("1,3,0,1,0,0,0,0,0", "1,2,0,1,0,0,0,0,0", r"labels.csv, row 4: patient 001 slice 2 stands twice"),
        ("intraventricular", "ventricular", r"row 1: columns missing: intraventricular"),
    ],
)
def test_ct_ich_bad_row_is_named(tmp_path, old, new, message):
    root = write_ct_ich(tmp_path, {1: True})
    table = root / "labels.csv"
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        read_ct_ich(root)


def test_ct_ich_missing_image_is_named(tmp_path):
    root = write_ct_ich(tmp_path, {1: False})
    (root / "patients" / "001" / "brain" / "2.jpg").unlink()
    with pytest.raises(InputError, match=r"patients/001: slice 2 is in labels\.csv, row 3, but its image is missing"):
        read_ct_ich(root)


def test_ct_ich_slice_without_bone_window_is_read(tmp_path):
    root = write_ct_ich(tmp_path, {1: False})
    (root / "patients" / "001" / "bone" / "2.jpg").unlink()
    assert read_ct_ich(root)[0].read_hu()[1].max() == 600


def test_folds_are_stratified_and_repeatable():
    strata = {f"p{i}": "bleed" if i % 3 == 0 else "normal" for i in range(30)}
    folds = make_folds(strata, 5, seed=1)
    assert folds == make_folds(strata, 5, seed=1)
    for fold in range(5):
        members = [p for p in strata if folds[p] == fold]
        assert len(members) == 6
        assert sum(strata[p] == "bleed" for p in members) == 2


def test_patient_on_both_sides_is_leakage():
    with pytest.raises(LeakageError, match="patient b"):
        check_patients_apart({"train": ["a", "b"], "test": ["b"]})


def test_same_pixels_under_two_names_are_leakage():
    image = np.arange(16, dtype=np.int16).reshape(1, 4, 4)
    with pytest.raises(LeakageError, match="patient y"):
        check_pixels_apart({"train": {"x": image}, "test": {"y": image.copy()}})


def test_empty_slices_are_no_leakage():
    air = np.full((2, 4, 4), -1024, np.int16)
    check_pixels_apart({"train": {"x": air}, "test": {"y": air}})


def test_cohort_reads_unknown_labels_as_unknown(tmp_path):
    studies = read_cohort(write_cohort(tmp_path, "a,s1,ct,train,0,,1,70", "b,s2,ct,test,1,0,,55"))
    assert studies[0].labels[0] == 0
    assert np.isnan(studies[0].labels[1])
    assert studies[1].covariates == {"age": "55"}
    assert "| train | 1 | 1 | 0 / 1 / 0 | 0 / 0 / 1 | 1 / 0 / 0 |" in report_cohort(studies)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("b,s2,ct,test,yes,,,1", r"row 3: ich-present is 'yes'"),
        ("b,s2,nowhere,test,1,,,1", r"row 3: folder 'nowhere' does not exist"),
        ("b,s2,ct,holdout,1,,,1", r"row 3: split is 'holdout'"),
        (",s2,ct,test,1,,,1", r"row 3: patient and study"),
        ("b,s1,ct,test,1,,,1", r"row 3: study s1 stands in row 2 already"),
    ],
)
def test_cohort_bad_row_is_named(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        read_cohort(write_cohort(tmp_path, "a,s1,ct,train,0,,1,70", line))


def test_cohort_patient_in_two_splits_is_leakage(tmp_path):
    with pytest.raises(LeakageError, match="patient a"):
        read_cohort(write_cohort(tmp_path, "a,s1,ct,train,0,,,1", "a,s2,ct,test,0,,,1"))


def test_dicom_is_ordered_by_position_not_by_name(tmp_path):
    hu = make_head(np.random.default_rng(1), 6, 48, 48).hu
    volume = read_dicom_folder(write_dicom(tmp_path / "a", hu, reverse=True))
    assert np.array_equal(volume.hu, hu)
    assert volume.positions_mm.tolist() == [0, 5, 10, 15, 20, 25]


def test_dicom_of_a_real_scanner_is_oriented(shared_data):
    volume = read_dicom_folder(shared_data / "head-ct-dicom" / "ge-human-ncct-tilt")
    assert len(volume.hu) == 28
    assert np.all(np.diff(volume.positions_mm) > 0)
    bone_rows = np.flatnonzero((volume.hu[14] > 300).any(axis=1))
    assert 0 < bone_rows.min() < bone_rows.max() < volume.hu.shape[1]


def test_folder_without_ct_is_named(tmp_path):
    (tmp_path / "note.txt").write_text("no CT")
    with pytest.raises(InputError, match="no axial CT series"):
        read_dicom_folder(tmp_path)


def test_cq500_layout_takes_the_plain_series(tmp_path):
    for series, count in (("CT Plain", 3), ("CT BONE", 9), ("CT Plain THIN", 5)):
        folder = tmp_path / "CQ500CT7 CQ500CT7" / "Unknown Study" / series
        folder.mkdir(parents=True)
        for index in range(count):
            (folder / f"CT{index:06d}.dcm").touch()
    (tmp_path / "CQ500CT120 CQ500CT120" / "Unknown Study" / "CT Plain").mkdir(parents=True)
    assert {name: path.name for name, path in find_series(tmp_path).items()} == {"CQ500-CT-7": "CT Plain THIN"}


def test_cq500_becomes_a_cohort(tmp_path):
    for number in (7, 8, 9):
        folder = tmp_path / f"CQ500CT{number} CQ500CT{number}" / "Unknown Study" / "CT Plain"
        folder.mkdir(parents=True)
        (folder / "CT000000.dcm").touch()
    votes = [f"{r}:{f}" for r in ("R1", "R2", "R3") for f in FINDINGS]
    rows = [f"CQ500-CT-{n},B1," + ",".join(str(int(yes and not name.startswith("R3"))) for name in votes) for n, yes in ((7, True), (8, False))]
    (tmp_path / "reads.csv").write_text("\n".join([",".join(["name", "Category", *votes]), *rows]) + "\n")
    assert main(["cq500-cohort", "--data", str(tmp_path), "--labels", str(tmp_path), "--out", str(tmp_path / "cohort.csv")]) == 0
    studies = read_cohort(tmp_path / "cohort.csv")
    assert [(s.patient, s.labels[0], s.covariates) for s in studies] == [
        ("CQ500-CT-7", 1, {"batch": "B1", "votes": "2"}),
        ("CQ500-CT-8", 0, {"batch": "B1", "votes": "0"}),
    ]
    assert studies[0].folder.name == "CT Plain"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00bad", r"cohort.csv, row \d: not UTF-8 text"),
        (HEADER.encode() + b"a,s1,ct,train,0,,1,70,extra\n", r"cohort.csv, row 2: has 1 cells more"),
        (HEADER.encode() + b"a,s1\n", r"cohort.csv, row 2: folder '' does not exist"),
        (b"", r"cohort.csv, row 1: columns missing"),
    ],
)
def test_file_that_is_no_table_is_named(tmp_path, content, message):
    (tmp_path / "cohort.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_cohort(tmp_path / "cohort.csv")
