"""Units with their dimensions, so that metres never become seconds.

Source: factors are exact by definition (SI brochure, 9th edition; international yard and pound
1959; Chinese market units of 1959: 1 斤 = 500 g, 1 里 = 500 m, 1 亩 = 2000/3 m²).
"""

from dataclasses import dataclass
from fractions import Fraction

from livelore.intelligence.assist.errors import UnitInvalid
from livelore.intelligence.assist.exact.expression import Number


@dataclass(frozen=True)
class Unit:
    """What it measures, and what one of it is in the dimension's own unit; a shift for degrees."""

    dimension: str
    factor: Fraction
    shift: Fraction = Fraction(0)


_TABLE: dict[str, dict[str, str]] = {
    "length": {
        "m metre metres meter meters 米": "1",
        "km kilometre kilometres kilometer kilometers 千米 公里": "1000",
        "dm 分米": "1/10",
        "cm centimetre centimetres centimeter centimeters 厘米": "1/100",
        "mm millimetre millimetres millimeter millimeters 毫米": "1/1000",
        "inch inches 英寸": "254/10000",
        "ft foot feet 英尺": "3048/10000",
        "yd yard yards 码": "9144/10000",
        "mile miles mi 英里": "1609344/1000",
        "里": "500",
    },
    "mass": {
        "kg kilogram kilograms 千克 公斤": "1",
        "g gram grams 克": "1/1000",
        "mg milligram milligrams 毫克": "1/1000000",
        "t tonne tonnes 吨": "1000",
        "lb lbs pound pounds 磅": "45359237/100000000",
        "oz ounce ounces 盎司": "45359237/1600000000",
        "斤": "1/2",
        "两": "1/20",
    },
    "time": {
        "s second seconds sec 秒": "1",
        "ms millisecond milliseconds 毫秒": "1/1000",
        "min minute minutes 分钟 分": "60",
        "h hour hours hr 小时 时": "3600",
        "d day days 天 日": "86400",
        "week weeks 周 星期": "604800",
    },
    "area": {
        "m2 m² 平方米": "1",
        "km2 km² 平方千米 平方公里": "1000000",
        "cm2 cm² 平方厘米": "1/10000",
        "ha hectare hectares 公顷": "10000",
        "亩": "2000/3",
    },
    "volume": {
        "m3 m³ 立方米": "1",
        "l L litre litres liter liters 升": "1/1000",
        "ml mL millilitre millilitres milliliter milliliters 毫升": "1/1000000",
        "cm3 cm³ 立方厘米": "1/1000000",
    },
    "speed": {
        "m/s 米/秒 米每秒": "1",
        "km/h 千米/时 公里/小时 千米每小时 公里每小时": "5/18",
        "mph": "44704/100000",
    },
    "data": {
        "bit bits 比特": "1/8",
        "B byte bytes 字节": "1",
        "kB KB 千字节": "1000",
        "MB": "1000000",
        "GB": "1000000000",
        "KiB": "1024",
        "MiB": "1048576",
        "GiB": "1073741824",
    },
    "angle": {"degree degrees 度": "1", "turn turns 圈": "360"},
}


def _units() -> dict[str, Unit]:
    found = {
        name: Unit(dimension, Fraction(factor))
        for dimension, table in _TABLE.items()
        for names, factor in table.items()
        for name in names.split()
    }
    for name in ("celsius", "℃", "°C", "摄氏度"):
        found[name] = Unit("temperature", Fraction(1), Fraction("273.15"))
    for name in ("fahrenheit", "℉", "°F", "华氏度"):
        found[name] = Unit("temperature", Fraction(5, 9), Fraction("459.67") * Fraction(5, 9))
    for name in ("K", "kelvin", "开尔文"):
        found[name] = Unit("temperature", Fraction(1))
    return found


UNITS = _units()


def unit(name: str) -> Unit:
    """By its name or sign; case counts only where two signs differ by it.

    Raises:
        UnitInvalid: It is not known.
    """
    found = UNITS.get(name) or UNITS.get(name.lower())
    if found is None:
        raise UnitInvalid(detail=f"{name} is not known")
    return found


def converted(amount: Number, of: str, to: str) -> Number:
    """An amount in another unit, exact.

    Raises:
        UnitInvalid: A unit is not known, or they measure different things.
    """
    source, target = unit(of), unit(to)
    if source.dimension != target.dimension:
        raise UnitInvalid(
            detail=f"{of} measures {source.dimension}, {to} measures {target.dimension}"
        )
    value = (amount.value * source.factor + source.shift - target.shift) / target.factor
    return Number(value, amount.is_exact)
