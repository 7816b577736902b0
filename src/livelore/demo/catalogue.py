"""What the demo site teaches: four hosts, their courses and tonight's timetable."""

from dataclasses import dataclass
from datetime import timedelta

from livelore.knowledge.catalog.model import OutlineItem
from livelore.knowledge.catalog.service import NewCourse, NewLesson

PASSWORD = "livelore-demo"  # noqa: S105  # printed at every start: it protects nothing
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DemoClass:
    """A live lesson of tonight, by its distance from now."""

    lesson: NewLesson
    starts_in: timedelta
    lasts: timedelta
    ticket_minor: int | None
    replay_days: int = 180


@dataclass(frozen=True, slots=True)
class DemoCourse:
    """A course with its recorded lessons and its classes of tonight."""

    course: NewCourse
    price_minor: int | None
    lessons: tuple[NewLesson, ...] = ()
    classes: tuple[DemoClass, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoHost:
    """A host with a room and courses; newest course last."""

    username: str
    name: str
    avatar: int
    badge: tuple[str, str] | None
    room: tuple[str, str, str]
    courses: tuple[DemoCourse, ...]


def _video(
    titles: tuple[str, str], chapter: tuple[str, str], seconds: int, *, is_preview: bool = False
) -> NewLesson:
    return NewLesson(
        title=titles[0],
        title_en=titles[1],
        kind="video",
        chapter=chapter[0],
        chapter_en=chapter[1],
        duration_s=seconds,
        is_preview=is_preview,
    )


_LIMITS = ("第一章　极限：无限接近是什么意思", "1 Limits: what coming closer means")
_SLOPES = ("第二章　导数：变化有多快", "2 Derivatives: how fast things change")
_SUMS = ("第三章　积分：把细条加起来", "3 Integrals: adding up the strips")

INTEGRAL_CLASS = DemoClass(
    NewLesson(
        title="定积分：把面积切成细条",
        title_en="Definite integrals: cutting area into strips",
        kind="live",
        chapter=_SUMS[0],
        chapter_en=_SUMS[1],
        cover="integral",
        outline=(
            OutlineItem(0, "面积问题：为什么矩形不够", "Area: why rectangles fall short"),
            OutlineItem(760, "黎曼和：左端点、右端点、中点", "Riemann sums: left, right, middle"),
            OutlineItem(1865, "细条可以不等宽吗", "May the strips differ in width?"),
            OutlineItem(2430, "Δx 趋于 0：极限登场", "Δx goes to 0: enter the limit"),
            OutlineItem(3600, "三道例题与答疑", "Three exercises and questions"),
        ),
    ),
    starts_in=-MINUTE,
    lasts=90 * MINUTE,
    ticket_minor=2900,
)

CALCULUS = DemoCourse(
    NewCourse(
        title="微积分：从直觉到计算",
        title_en="Calculus: from intuition to computing",
        subtitle="先看见，再计算。每一步都能停下来问。",
        subtitle_en="See it first, compute it after. Every step can be asked about.",
        description="从芝诺的乌龟到微积分基本定理。录播讲直觉，直播讲计算，提问当场回答。",
        description_en=(
            "From Zeno's tortoise to the fundamental theorem. Recorded lessons give the"
            " intuition, live classes the computing, and questions are answered on the spot."
        ),
        subject="math",
        cover="series",
    ),
    19900,
    (
        _video(("从芝诺的乌龟说起", "Zeno's tortoise"), _LIMITS, 1930, is_preview=True),
        _video(
            ("ε 和 δ：一场讨价还价", "Epsilon and delta: a bargain"), _LIMITS, 2485, is_preview=True
        ),
        _video(("夹逼定理：被两边推着走", "The squeeze theorem"), _LIMITS, 2300),
        _video(("导数的直觉", "Derivatives by intuition"), _SLOPES, 2282, is_preview=True),
        _video(("链式法则为什么是乘法", "Why the chain rule multiplies"), _SLOPES, 1790),
        _video(("隐函数与相关变化率", "Implicit functions, related rates"), _SLOPES, 5472),
    ),
    (INTEGRAL_CLASS,),
)

LINEAR = DemoCourse(
    NewCourse(
        title="线性代数：看得见的变换",
        title_en="Linear algebra: transformations you can see",
        subtitle="矩阵是动作，不是表格。",
        subtitle_en="A matrix is an action, not a table.",
        subject="math",
        cover="linear",
    ),
    16800,
    (
        _video(("向量是箭头还是数", "Arrow or number?"), ("", ""), 1620, is_preview=True),
        _video(("矩阵在做什么", "What a matrix does"), ("", ""), 2110),
        _video(("行列式是面积", "The determinant is an area"), ("", ""), 1890),
    ),
)


def _class(
    titles: tuple[str, str], cover: str, starts_in_min: int, lasts_min: int, ticket: int | None
) -> DemoClass:
    lesson = NewLesson(title=titles[0], title_en=titles[1], kind="live", cover=cover)
    return DemoClass(lesson, starts_in_min * MINUTE, lasts_min * MINUTE, ticket)


HOSTS = (
    DemoHost(
        "xuan",
        "许安 医师",
        4,
        ("执业医师", "Licensed physician"),
        ("许安的健康课", "Dr Xu's health class", "plate"),
        (
            DemoCourse(
                NewCourse(
                    title="看懂体检单",
                    title_en="Reading your check-up",
                    subtitle="每一项数字意味着什么，什么时候该去医院。",
                    subtitle_en="What each figure means, and when to see a doctor.",
                    subject="health",
                    cover="plate",
                ),
                9900,
                (_video(("血常规一页纸", "Blood count on one page"), ("", ""), 1440),),
                (
                    _class(
                        ("看懂体检单里的血压", "Blood pressure on your check-up"),
                        "plate",
                        90,
                        40,
                        1200,
                    ),
                ),
            ),
        ),
    ),
    DemoHost(
        "qinchuan",
        "秦川",
        3,
        ("旅行向导", "Travel guide"),
        ("秦川在路上", "On the road with Qin", "river"),
        (
            DemoCourse(
                NewCourse(
                    title="徽州慢行手册",
                    title_en="Slow travel in Huizhou",
                    subtitle="路线、住处、花费，都走过一遍。",
                    subtitle_en="Routes, rooms and costs, all walked before.",
                    subject="travel",
                    cover="walk",
                ),
                5900,
                (_video(("看懂一座徽派老宅", "Reading an old house"), ("", ""), 1310),),
                (
                    _class(
                        ("徽州三日慢行：路线与花费", "Huizhou in three days: route and cost"),
                        "river",
                        60,
                        60,
                        1900,
                    ),
                ),
            ),
        ),
    ),
    DemoHost(
        "zhoulan",
        "周岚",
        2,
        ("健身教练", "Fitness coach"),
        ("周岚的训练室", "Zhou Lan's studio", "stretch"),
        (
            DemoCourse(
                NewCourse(
                    title="办公室人群的力量计划",
                    title_en="Strength for desk workers",
                    subtitle="每周三次，每次二十分钟。",
                    subtitle_en="Three times a week, twenty minutes each.",
                    subject="fitness",
                    cover="strength",
                ),
                12900,
                (_video(("先学会呼吸", "First, breathe"), ("", ""), 980, is_preview=True),),
                (
                    _class(
                        ("十五分钟肩颈舒缓", "Fifteen minutes for neck and shoulders"),
                        "stretch",
                        30,
                        20,
                        None,
                    ),
                    _class(
                        ("睡前拉伸与呼吸", "Stretching and breathing before sleep"),
                        "clock",
                        120,
                        30,
                        900,
                    ),
                ),
            ),
        ),
    ),
    DemoHost(
        "linzhiyuan",
        "林知远",
        1,
        ("数学教师已核验", "Verified mathematics teacher"),
        ("微积分直播课", "Calculus live", "board"),
        (LINEAR, CALCULUS),
    ),
)
