"""CT-ICH's layout as it is met: other spellings are taken, what does not fit together is named, nothing is passed over."""

import csv
import shutil

import numpy as np
import pytest
from PIL import Image

from thrombectomy_models.data.ct_ich import read_ct_ich, survey_ct_ich
from thrombectomy_models.errors import InputError

from .conftest import write_ct_ich


@pytest.fixture
def folder(tmp_path):
    return write_ct_ich(tmp_path / "data", {1: True, 2: False})


def _rewrite(table, change):
    with table.open(newline="") as handle:
        rows = [change(number, row) for number, row in enumerate(csv.reader(handle), start=1)]
    with table.open("w", newline="") as handle:
        csv.writer(handle).writerows(row for row in rows if row is not None)


def test_the_published_names_are_read(folder):
    plain = [v.read_hu() for v in read_ct_ich(folder)]
    headings = "PatientNumber,SliceNumber,Intraventricular,Intraparenchymal,Subarachnoid,Epidural,Subdural,No_Hemorrhage,Fracture_Yes_No"
    _rewrite(folder / "labels.csv", lambda number, row: headings.split(",") if number == 1 else row)
    (folder / "labels.csv").rename(folder / "hemorrhage_diagnosis.csv")
    (folder / "patients").rename(folder / "Patients_CT")
    brain = folder / "Patients_CT" / "001" / "brain"
    shutil.copy(brain / "3.jpg", brain / "3_HGE_Seg.jpg")
    published = read_ct_ich(folder)
    assert [(v.patient, v.has_bleed, v.slice_numbers) for v in published] == [("001", True, [1, 2, 3, 4, 5]), ("002", False, [1, 2, 3, 4, 5])]
    assert all(np.array_equal(v.read_hu(), hu) for v, hu in zip(published, plain, strict=True))


def test_other_spellings_of_numbers_folders_and_images_are_taken(folder):
    _rewrite(folder / "labels.csv", lambda number, row: row if number == 1 else [f"{int(row[0]):03d}", *(f"{cell}.0" for cell in row[1:])])
    (folder / "patients" / "001").rename(folder / "patients" / "1")
    for window in ("brain", "bone"):
        place = folder / "patients" / "002" / window
        (place / "1.jpg").rename(place / "01.JPG")
        Image.open(place / "2.jpg").save(place / "2.png")
        (place / "2.jpg").unlink()
        (place / "Thumbs.db").write_text("no image")
    assert [(v.patient, v.has_bleed, len(v.read_hu())) for v in read_ct_ich(folder)] == [("001", True, 5), ("002", False, 5)]


def test_rows_that_a_spreadsheet_left_empty_are_passed_over_and_rows_keep_their_numbers(folder):
    text = (folder / "labels.csv").read_text().splitlines()
    (folder / "labels.csv").write_text("\n".join([*text[:3], ",,,,,,,,,,", "", *text[3:], ",,,"]) + "\n")
    assert sum(len(v.labels) for v in read_ct_ich(folder)) == 10
    (folder / "labels.csv").write_text((folder / "labels.csv").read_text().replace("1,3,0,1", "1,3,0,7"))
    with pytest.raises(InputError, match=r"labels\.csv, row 6: labels must be 0 or 1"):
        read_ct_ich(folder)


def test_a_row_that_stands_twice_the_same_is_one_row(folder):
    with (folder / "labels.csv").open("a") as handle:
        handle.write("1,3,0,1,0,0,0,0,0\n")
    assert read_ct_ich(folder)[0].labels.tolist() == [0, 0, 1, 0, 0]


def test_slice_of_another_size_is_named_with_its_patient(folder):
    for window in ("brain", "bone"):
        Image.new("L", (40, 40)).save(folder / "patients" / "001" / window / "4.jpg")
    with pytest.raises(InputError, match=r"brain/4\.jpg: patient 001: slice is \(40, 40\), the first is \(96, 96\)"):
        read_ct_ich(folder)[0].read_hu()


def test_broken_image_is_named(folder):
    (folder / "patients" / "001" / "bone" / "4.jpg").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"bone/4\.jpg: not a readable image"):
        read_ct_ich(folder)[0].read_hu()


def test_what_does_not_fit_together_is_seen_before_an_image_is_read(folder):
    _rewrite(folder / "labels.csv", lambda number, row: None if row[:2] == ["1", "3"] else row)
    shutil.copytree(folder / "patients" / "002", folder / "patients" / "099")
    (folder / "patients" / "002" / "brain" / "5.jpg").unlink()
    (folder / "patients" / "001" / "bone" / "2.jpg").unlink()
    with (folder / "labels.csv").open("a") as handle:
        handle.write("7,1,0,0,0,0,0,1,0\n1,1,0,0,0,0,0,1,0\n")
    survey = survey_ct_ich(folder)
    first, second, seventh = survey.volumes
    assert (first.problem, first.unlabelled, first.without_bone) == (None, [3], [2])
    assert second.problem == "slice 5 is in labels.csv, row 10, but its image is missing"
    assert seventh.problem == "patient 007 of labels.csv has no folder"
    assert survey.without_labels == ["099"]
    with pytest.raises(InputError, match="slice 5 is in labels.csv"):
        read_ct_ich(folder)


def test_for_training_slices_without_a_label_are_left_out(folder):
    _rewrite(folder / "labels.csv", lambda number, row: None if row[:2] == ["1", "3"] else row)
    assert read_ct_ich(folder)[0].slice_numbers == [1, 2, 4, 5]


@pytest.mark.parametrize("names", [("1.jpg", "01.jpg"), ("1.jpg", "1.png")])
def test_one_slice_under_two_names_is_a_problem(folder, names):
    place = folder / "patients" / "001" / "brain"
    shutil.copy(place / names[0], place / names[1])
    assert "is the same slice as" in survey_ct_ich(folder).volumes[0].problem


def test_one_patient_under_two_folders_is_refused(folder):
    shutil.copytree(folder / "patients" / "001", folder / "patients" / "1")
    with pytest.raises(InputError, match="is the same patient as 001"):
        survey_ct_ich(folder)


def test_column_that_stands_twice_is_refused(folder):
    _rewrite(folder / "labels.csv", lambda number, row: [*row, "Patient_Number" if number == 1 else "9"])
    with pytest.raises(InputError, match=r"row 1: columns that stand twice: patient"):
        survey_ct_ich(folder)
