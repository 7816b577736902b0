"""Refusals of the catalogue."""

from livelore.kit.errors import AppError


class CourseNotFound(AppError):
    """There is no such course, or the caller may not know of it."""

    code = "catalog.course_not_found"
    status = 404


class LessonNotFound(AppError):
    """There is no such lesson, or the caller may not know of it."""

    code = "catalog.lesson_not_found"
    status = 404


class ProductNotFound(AppError):
    """There is no such product, or it is no longer sold."""

    code = "catalog.product_not_found"
    status = 404


class FieldInvalid(AppError):
    """A field of a course, lesson or product cannot be so; ``field`` and ``why`` say which."""

    code = "catalog.field_invalid"
    status = 422


class ProductExists(AppError):
    """The course or lesson has its product already: change its price instead."""

    code = "catalog.product_exists"
    status = 409


class ReminderTooLate(AppError):
    """There is nothing to be reminded of: the class is over or called off, or is none."""

    code = "catalog.reminder_too_late"
    status = 409


class TooManyReminders(AppError):
    """One person has a limited number of reminders; ``reminders_max`` says it."""

    code = "catalog.too_many_reminders"
    status = 409
