"""The doctor: looks at everything a call needs, and says what to do about what is missing."""

from acd.app.doctor.examination import examine
from acd.app.doctor.finding import Finding, Grade

__all__ = ["Finding", "Grade", "examine"]
