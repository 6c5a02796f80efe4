"""The painted document's source: complete, in order, and able to tell what a newer document changed."""

import pytest

from rig.errors import UsageError
from rig.report.document import Document, Passage, Sentence, normalised, read_document
from rig.requirements import catalogue


def test_every_sentence_leads_to_the_catalogue():
    document = read_document()
    assert document.problems(catalogue()) == []
    assert len(document.sentences) == 157


def test_every_sentence_is_judged_or_says_why_not():
    for sentence in read_document().sentences:
        assert sentence.requirements or (sentence.unjudged and sentence.reason), sentence.number


def test_problems_are_told():
    passage = Passage("00000000", 3)
    document = Document("1", {"1": "One"}, (Sentence(2, "9", "", passage, ("area/no-such",)),))
    assert document.problems(["area/other"]) == [
        "sentence 2: there is no requirement 'area/no-such'",
        "sentence 2 stands at place 1",
        "sentence 2: section '9' has no title",
    ]


def test_a_copy_with_other_blanks_and_hyphens_is_the_same():
    assert normalised("| TLS\u2011encrypted |  con\u00adnection\n") == normalised("`TLS-encrypted`\tcon\u00adnection")


@pytest.fixture
def document():
    sentences = tuple(
        Sentence(number, "1", text, Passage.of(text))
        for number, text in enumerate(["It sends.", "It sends what it knows.", "Nothing else."], 1)
    )
    return Document("1", {"1": "One"}, sentences, (Passage.of("1. Sending"),))


def test_the_same_document_has_no_changes(document):
    assert document.changes("1. Sending\n- It sends. It sends\n  what it knows.\n\nNothing else.") == []


def test_changes_are_told_sentence_by_sentence(document):
    changes = document.changes("1. Sending\nIt sends. It sends what it knows. Nothing but that.")
    assert changes == ["sentence 3 (1) is gone or reworded: Nothing else.", "new: Nothingbutthat."]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wrong = 1", "unknown key 'wrong'"),
        ('status = "advice"\nreason = "r"', "either requirements or a status"),
        ('requirements = "a/b"', "a list of ids"),
        ("sha = 3", "not the list"),
    ],
)
def test_a_wrong_entry_is_the_users_fault(tmp_path, line, message):
    entry = {"n": "1", "section": '"1"', "gist": '"g"', "sha": '"00000000"', "length": "3", "requirements": '["a/b"]'}
    key = line.partition(" ")[0]
    body = "\n".join(f"{name} = {value}" for name, value in entry.items() if name != key)
    file = tmp_path / "document.toml"
    file.write_text(f'version = "1"\nheadings = []\n[[section]]\nid = "1"\ntitle = "t"\n[[sentence]]\n{body}\n{line}\n')
    if key == "sha":
        file.write_text("version = 1")
    with pytest.raises(UsageError, match=message):
        read_document(file)
