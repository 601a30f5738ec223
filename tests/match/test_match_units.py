"""Units: read as people write them, compared in SI, and never evaluated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.units import compare, convert, names, scale
from tongtu.terms.why import Label, Quantity


@pytest.mark.parametrize(
    "same",
    [
        ("W/(m·K)", "W/m/K", "W m-1 K-1", "W·m^-1·K^-1", "W/m·K"),
        ("cm²/(V·s)", "cm2/V/s", "cm^2 V-1 s-1"),
        ("μm", "µm", "um"),
        ("Ω·cm", "Ω·cm", "ohm*cm"),
        ("℃", "°C", "degC"),
        ("%", "％"),
        ("N·m", "J"),
    ],
)
def test_spellings_of_one_unit(same: tuple[str, ...]) -> None:
    assert len({scale(unit) for unit in same}) == 1


@pytest.mark.parametrize(
    ("value", "unit", "other", "expected"),
    [
        (25.0, "℃", "K", 298.15),
        (1.0, "ppm/℃", "1/K", 1e-6),
        (3.0, "kWh", "MJ", 10.8),
        (150.0, "mAh/g", "A*h/kg", 150.0),
        (5.0, "%", "‰", 50.0),
    ],
)
def test_conversions(value: float, unit: str, other: str, expected: float) -> None:
    found = convert(Quantity(value, unit), other)
    assert found is not None
    assert found.value == pytest.approx(expected)


def test_what_does_not_measure_the_same_is_not_compared() -> None:
    assert compare(Quantity(1, "m"), Quantity(1, "s")) is None
    assert compare(Quantity(1, "dB"), Quantity(1, "%")) is None
    assert convert(Quantity(1, "元"), "m") is None


def test_an_unknown_unit_compares_with_itself_also_within_a_product() -> None:
    assert compare(Quantity(1, "TOPS/W"), Quantity(2, "TOPS/W")) == -1
    assert compare(Quantity(1, "CNY/kg"), Quantity(1, "CNY/t")) == 1


def test_acidity_is_no_inductance() -> None:
    assert compare(Quantity(7, "pH"), Quantity(7, "H")) is None


def test_names_of_a_pack() -> None:
    also = names({"mm": Label("毫米", "millimetre"), "h": Label("小时"), "1e4 count": Label("万次")})
    assert compare(Quantity(10, "毫米/小时"), Quantity(1, "cm/h"), also) == 0
    assert compare(Quantity(1, "万次"), Quantity(10_000, ""), also) == 0


def test_rounding_of_converted_values_makes_no_difference() -> None:
    assert compare(Quantity(0.1 + 0.2, "m"), Quantity(30, "cm")) == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "9**9**9**9",
        "(((",
        "__import__('os')",
        "m//s",
        "1e999",
        "1e99 1e99 1e99 1e99",
        "m/1e99/1e99/1e99/1e99",
        "Ypc9",
        "x" * 10_000,
        "\x00",
    ],
)
def test_a_hostile_unit_is_an_unknown_one(hostile: str) -> None:
    assert scale(hostile).dimension.startswith("=")


@given(st.text(max_size=80))
def test_any_text_is_some_unit(text: str) -> None:
    assert scale(text) == scale(text)


@pytest.mark.parametrize(
    ("value", "unit", "same", "other"),
    [
        (1.0, "nm", 10.0, "Å"),
        (1.0, "MPa", 10.0, "bar"),
        (60.0, "L/min", 3.6, "m³/h"),
        (1.0, "g/cm³", 1000.0, "kg/m3"),
        (500.0, "ppm", 0.05, "%"),
        (36.0, "km/h", 10.0, "m/s"),
        (1.0, "eV", 1.602176634e-19, "J"),
        (1.0, "mW·h", 3.6, "J"),
        (1.0, "μΩ·cm", 1e-8, "ohm·m"),
        (1.0, "S/cm", 100.0, "S/m"),
        (0.0, "K", -273.15, "℃"),
        (1.0, "Wh/kg", 3600.0, "J/kg"),
    ],
)
def test_a_zoo_of_units(value: float, unit: str, same: float, other: str) -> None:
    assert compare(Quantity(value, unit), Quantity(same, other)) == 0
    assert compare(Quantity(same, other), Quantity(value, unit)) == 0


@given(st.floats(-1e6, 1e6), st.sampled_from(["nm", "℃", "bar", "%", "W/(m·K)", "抛", "dB"]))
def test_there_and_back(value: float, unit: str) -> None:
    other = {"nm": "km", "℃": "K", "bar": "Pa", "%": "ppm", "W/(m·K)": "mW/cm/K"}.get(unit, unit)
    there = convert(Quantity(value, unit), other)
    assert there is not None
    back = convert(there, unit)
    assert back is not None
    assert back.value == pytest.approx(value, rel=1e-9, abs=1e-6)
