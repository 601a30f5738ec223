"""Every way a rule file can be wrong: one file per fault, named by it; `# <-` marks the line it stands on."""

from __future__ import annotations

import pytest
from rulebook import HERE, texts

from tongtu import rules
from tongtu.terms.faults import RuleRefused
from tongtu.terms.words import entries, missing

ZOO = sorted((HERE / "zoo").glob("*.yaml"))


@pytest.mark.parametrize("file", ZOO, ids=lambda f: f.stem)
def test_each_fault_is_named_where_it_stands(file):
    text = file.read_text(encoding="utf-8")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "# <-" in line]
    with pytest.raises(RuleRefused) as refused:
        rules.load({file.name: text})
    assert [fault.row for fault in refused.value.faults] == lines
    (fault,) = refused.value.faults
    assert file.stem.startswith(fault.what.code.partition(".")[2])
    assert fault.file == file.name
    assert fault.repair is not None
    for lang in ("zh", "en"):
        assert "{" not in fault.say(lang).replace("{zh: ..., en: ...}", "")


def test_all_faults_of_all_files_come_at_once():
    zoo = {file.name: file.read_text(encoding="utf-8") for file in ZOO}
    alone = {name: _faults({name: text}) for name, text in zoo.items()}
    together = _faults(zoo)
    for name, (fault,) in alone.items():
        assert fault in [f for f in together if f.file == name]


def test_a_good_file_beside_bad_ones_does_not_hide_them():
    bad = ZOO[0]
    assert _faults({**texts(), bad.name: bad.read_text(encoding="utf-8")})


def test_one_scheme_in_two_files_is_refused():
    one = texts()["srdi.yaml"]
    (fault,) = _faults({"a.yaml": one, "b.yaml": one})
    assert (fault.what.code, fault.file) == ("rules.scheme-twice", "b.yaml")


@pytest.mark.parametrize("text", ["", "[]", "just words", "scheme: {a: 1}", "versions: 3", "\t", "a: !!python/x 1"])
def test_what_is_no_rule_file_at_all_is_refused_politely(text):
    assert _faults({"x.yaml": text})


def test_codes_of_the_pack_are_checked_when_given():
    with pytest.raises(RuleRefused) as refused:
        rules.load(texts(), codes={"title_kind": ["srdi_sme"], "award_level": ["national"]})
    assert {f.what.args["value"] for f in refused.value.faults} >= {"innovative_sme", "provincial"}


def test_every_word_of_the_room_exists_in_both_languages():
    assert [fault for code in entries("rules") for fault in missing(f"rules.{code}")] == []


def _faults(files):
    with pytest.raises(RuleRefused) as refused:
        rules.load(files)
    return list(refused.value.faults)
