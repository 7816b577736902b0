"""Routes of reminders."""

from litestar import Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from livelore.knowledge.catalog.schemas import ReminderOut, RemindersOut
from livelore.knowledge.catalog.service.reminders import Reminders
from livelore.web.caller import Caller


@get("/me/reminders")
async def list_reminders(
    caller: NamedDependency[Caller], reminders: NamedDependency[Reminders]
) -> RemindersOut:
    """Classes to come that the caller wants to be reminded of, by start."""
    found = await reminders.of(caller.require_user())
    return RemindersOut([ReminderOut.of(lesson) for lesson in found])


@put("/me/reminders/{lesson_id:str}", status_code=HTTP_204_NO_CONTENT)
async def add_reminder(
    lesson_id: FromPath[str],
    caller: NamedDependency[Caller],
    reminders: NamedDependency[Reminders],
) -> None:
    """Remind the caller of a class; again changes nothing."""
    await reminders.add(caller.require_user(), lesson_id)


@delete("/me/reminders/{lesson_id:str}", status_code=HTTP_204_NO_CONTENT)
async def remove_reminder(
    lesson_id: FromPath[str],
    caller: NamedDependency[Caller],
    reminders: NamedDependency[Reminders],
) -> None:
    """Do not remind the caller of a class."""
    await reminders.remove(caller.require_user(), lesson_id)


routes = [Router("/", route_handlers=[list_reminders, add_reminder, remove_reminder])]
