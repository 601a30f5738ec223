"""Several reports in one file: cut where a new one begins, with the reason, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest

from tongtu.brief.document import Document, Span
from tongtu.brief.reading import parts, read, reports
from tongtu.registry.boundary import Prose, Run

DIGEST = [
    "The seminar asked central enterprises to lead the projects of the national plan and to open their test lines.",
    "Officials said that evaluation will move from counting papers to what is used in industry, by firms served.",
    "Firms are advised to prepare proposals early, to name a lead institute, and to agree on shares in writing.",
    "The windows of the programme are short, and the forms ask for a signed agreement of all the participants.",
]
REPORT = [
    "会议指出，要强化企业科技创新主体地位，支持中央企业牵头组织实施国家重点研发任务，开放中试验证平台和应用场景。",
    "会议要求，完善以应用成效为导向的评价机制，平台评价重点考察服务企业数量、对外开放比例和预约等待时间。",
    "会议强调，各地要抓好组织实施，提前谋划项目，明确牵头单位，签订合作协议，确保按期完成各项目标任务。",
]
SECOND = [
    "工作组在多地调研时了解到，不少企业希望扩大开放范围，降低中试费用，缩短预约时间，并公布每条产线的服务能力。",
    "负责人表示，下一步将建立统一的预约平台，公开收费标准，对开放成效好的平台给予后补助支持，并按年度公布评价结果。",
    "专家认为，开放共享的关键在于责任和收益的划分，应当事先签订协议，明确知识产权归属、安全责任和损失承担办法。",
]


def of(*lines: str) -> Document:
    return read(Prose(tuple(Run("paragraph", line) for line in lines), "text"))


def starts(document: Document) -> list[tuple[str, str]]:
    return [
        (document.text[part.start :].split("\n")[0], part.why.code.removeprefix("brief_reading."))
        for part in parts(document)
    ]


def test_english_digest_and_chinese_report() -> None:
    document = of(
        "Seminar Urges Enterprise-Led Innovation", *DIGEST, "Read original on 36氪", "座谈会强调企业主导创新",
        "来源：新华社", "2026年4月3日", *REPORT,
    )  # fmt: skip
    assert document.language == "mixed"
    assert starts(document) == [
        ("Seminar Urges Enterprise-Led Innovation", "part-first"),
        ("座谈会强调企业主导创新", "part-after-source"),
    ]
    first, second = reports(document)
    assert (first.language, first.outlet, first.published) == ("en", "36氪", None)
    assert (second.language, second.outlet, second.published) == ("zh", "新华社", date(2026, 4, 3))
    assert second.official
    assert second.title == "座谈会强调企业主导创新"
    assert first.id != second.id != document.id


@pytest.mark.parametrize(
    ("between", "begins", "code"),
    [
        (["", "开放共享调研记"], "开放共享调研记", ""),
        (["==========", "开放共享调研记"], "开放共享调研记", "part-separator"),
        (["（来源：新华社）", "开放共享调研记"], "开放共享调研记", "part-after-source"),
        (["开放共享调研记", "发布时间：2026-04-05 来源：科技日报"], "开放共享调研记", "part-masthead"),
        (["座谈会强调企业主导创新"], "座谈会强调企业主导创新", "part-title-again"),
        (["开放共享调研记", "图片来源：新华社"], "", ""),
        (["第二章 开放共享", "发布时间：2026-04-05"], "", ""),
        (["附件：", "开放共享办法"], "", ""),
        (["开放共享申请表", "申报单位：", "填表日期：    年  月  日"], "", ""),
        (["==========", "第二章 开放共享"], "", ""),
    ],
)
def test_where_a_second_report_begins(between: list[str], begins: str, code: str) -> None:
    document = of("座谈会强调企业主导创新", *REPORT, *between, *SECOND)
    found = starts(document)
    assert found[1:] == ([(begins, code)] if code else [])
    assert len(found) == 1 + bool(code)


def test_repeated_title_at_the_top_is_one_report() -> None:
    document = of("座谈会强调企业主导创新", "座谈会强调企业主导创新", "来源：新华社", *REPORT)
    assert len(parts(document)) == 1
    assert [block.kind for block in document.blocks[:3]] == ["title", "note", "note"]


def test_too_little_is_no_report() -> None:
    document = of("座谈会强调企业主导创新", *REPORT, "==========", "相关消息一则", "来源：新华社", "短讯。")
    assert len(parts(document)) == 1


def test_parallel_translation_is_one_report() -> None:
    lines = [line for pair in zip(DIGEST, REPORT, strict=False) for line in pair]
    assert len(parts(of("Seminar on Innovation 创新座谈会", *lines * 3))) == 1


def test_spans_of_a_part_are_shown_in_the_whole() -> None:
    document = of("座谈会强调企业主导创新", *REPORT, "==========", "开放共享调研记", *SECOND)
    for part in parts(document):
        own = part.document
        for block in own.blocks:
            span = Span(own.id, block.start, block.end)
            assert document.quote(part.in_whole(span, document)) == own.quote(span)
        with pytest.raises(ValueError, match="no span"):
            part.in_whole(Span(document.id, 0, 1), document)
        assert own.block_at(0) == own.blocks[0]


def test_three_reports() -> None:
    document = of(
        "座谈会强调企业主导创新", "来源：新华社", *REPORT, "开放共享调研记", "来源：科技日报", *SECOND,
        "Seminar Urges Enterprise-Led Innovation", "Source: Reuters", *DIGEST,
    )  # fmt: skip
    assert [report.outlet for report in reports(document)] == ["新华社", "科技日报", "路透社"]
    assert parts(document)[0].why.args == {"parts": 3}
