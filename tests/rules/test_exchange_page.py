"""The page: complete, in plain words, escaped, and asking for nothing outside itself."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from exchanged import SCHEME
from rulebook import book

from tongtu import packs, rules
from tongtu.rules import exchange
from tongtu.rules.exchange.changes import changes, in_order, successions
from tongtu.rules.exchange.plain import Speaker
from tongtu.terms.words import LANGUAGES

DAY = date(2026, 5, 10)
CODES = packs.load("cn").vocabularies
EVERYTHING = rules.load({"everything.yaml": SCHEME})["everything"]
OLD, NEW = in_order(EVERYTHING)
VOID = {"meta"}


class Reader(HTMLParser):
    """Checks that elements close in order; gathers text and whatever could load or run something."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.texts, self.loads = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        names = dict(attrs)
        self.loads += [names[a] for a in ("src", "srcset", "data", "action", "background", "style") if a in names]
        self.loads += [a for a in names if a.startswith("on")]
        if tag in ("script", "link", "iframe", "object", "img", "form", "base"):
            self.loads.append(tag)
        if tag == "a":
            assert names["href"].startswith(("http://", "https://"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def read(scheme, lang="zh", **options):
    return Reader(exchange.page(scheme, lang, DAY, codes=CODES, **options))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_scheme_has_a_sound_page_in_both_languages(lang):
    for scheme in (EVERYTHING, *(book()[name] for name in book())):
        found = read(scheme, lang)
        assert found.loads == []
        assert not re.search(r"exchange\.|rules\.[a-z]|\{[a-z]+\}", found.text), scheme.scheme
        assert lang == "en" or "None" not in found.text
        for version in scheme.versions:
            for tier, criterion, _ in version.criteria():
                assert criterion.path in found.text, (scheme.scheme, criterion.path)
                assert tier.label.say(lang) in found.text


def test_criteria_are_said_in_plain_words_with_threshold_citation_and_grade():
    found = read(EVERYTHING).text
    assert "研发占比不低于3%" in found
    assert "营业收入不低于2,000万元" in found
    assert "近2年每年：以下各项全部符合" in found
    assert "以下3项中至少符合2项" in found
    assert "不得有以下任一情形" in found
    assert f"持有有效称号：{CODES['title_kind']['single_champion'].zh}（国家级）" in found
    assert "由人工认定，凭：市场占有率说明" in found
    assert "（复核时不考察）" in found
    assert "仅在同等条件下作优先考虑" in found
    assert "免于考察第" in found
    assert "B 两处来源" in found
    assert "新办法 第二条" in found
    english = read(EVERYTHING, "en").text
    assert "R&D share is at least 3%" in english
    assert "In each of the last 2 years" in english


def test_scores_windows_lifecycle_and_grants_are_there():
    found = read(EVERYTHING).text
    for said in ("5%及以上 10", "低于50% 5", "1,000万元得0分，5,000万元得5分", "扣3分：列入异常或失信名单：是",
                 "由评审人打分，凭：规划文本",
                 "下列各项取得分最高者", "好（15分起）", "春季：每年4月1日至5月31日", "有效期3年", "限期6个月整改",
                 "研发费用 × 35%", "上限：100万元", "规模缩减（职工总数低于5人）的，追回或不予拨付50%"):  # fmt: skip
        assert said in found, said


def test_versions_stand_side_by_side_and_say_which_is_in_force():
    found = read(EVERYTHING).text
    assert found.index("2版") < found.index("1版"), "the newest first"
    assert "2026年1月1日至今（新申报、复核）" in found
    assert "施行中（新申报、复核）" in found
    assert "已停止施行" in found
    giant = read(book()["little_giant"]).text
    assert "仅对个别批次施行" in giant
    assert "限批次：5、2-rereviewed" in giant


def test_what_changed_is_told_by_figure():
    before, after = (Speaker("zh", "CNY", v.scores, CODES) for v in (OLD, NEW))
    found = {c.name: c for c in changes(OLD, NEW, before, after) if "first" in c.tiers}
    assert found["营业收入"].kind == "relaxed"
    assert found["职工总数"].kind == "dropped"
    assert found["近2年研发"].kind == "same"
    assert found["独立法人"].kind == "new"
    assert found["研发占比"].before == (("share", "研发占比不低于2%"),)
    assert len(found["研发占比"].after) == 2, "once for last year, once for each of two"
    assert found["研发占比"].kind == "changed"


def test_the_measures_of_2022_and_2026_differ_as_published():
    old, new = successions(book()["little_giant"])[-1]
    speakers = [Speaker("zh", "CNY", v.scores, CODES) for v in (old, new)]
    kinds = {c.name: c.kind for c in changes(old, new, *speakers)}
    assert kinds["主营业务收入占营业收入比重"] == "tightened"
    assert kinds["资产负债率"] == "relaxed"
    assert kinds["从事细分市场年限"] == "same"
    assert kinds["自主品牌"] == "dropped"


def test_whatever_a_rule_file_says_is_text_not_markup():
    attack = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    text = SCHEME.replace("市场占有率说明", attack.replace('"', '\\"')).replace("{zh: 市场地位", f"{{zh: '{attack}'")
    text = text.replace('{zh: "><', "{zh: '\"><")
    text = re.sub(r"manual: \{zh: [^}]*en:", f"manual: {{zh: '{attack}', en:", text)
    found = Reader(exchange.page(rules.load({"x.yaml": text})["everything"]))
    assert found.loads == []
    assert attack in found.text
    assert "javascript:alert(1)" in found.text, "a source that is no web address is shown, not linked"


def test_the_page_forbids_itself_everything_but_its_style():
    import base64
    import hashlib

    page = exchange.page(EVERYTHING)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert "url(" not in style
    assert page == exchange.page(EVERYTHING), "the same bytes each time"
