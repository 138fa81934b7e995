import json

from thrombectomy_models.readable_json import dump_readable


def test_lists_of_numbers_stand_on_one_line_and_nothing_changes():
    document = {"a": [1, -2.5, 1e-7], "pairs": [[1.0, 2.0], [3.5, -4.0]], "text": ["x [1, 2]", "y"], "none": [None, 1], "empty": []}
    text = dump_readable(document)
    assert json.loads(text) == document
    assert '"pairs": [[1.0, 2.0], [3.5, -4.0]],' in text
    assert '"a": [1, -2.5, 1e-07],' in text
