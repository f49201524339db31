"""One thing that the doctor checked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from flows.monitor.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    found: str
    next_step: str = ""
    subject: str = ""

    def as_problem(self) -> Problem:
        """Returns it in the form in which `status` has its problems."""
        return Problem(
            code=self.name.replace(" ", "_"),
            subject=self.subject or self.name,
            message=self.found,
            next_step=self.next_step,
        )


def check(name: str, ok: bool, found: str, next_step: str = "", subject: str = "") -> Check:
    """Returns a check; `next_step` is what to do if it is not `ok`."""
    return Check(name=name, ok=ok, found=found, next_step=next_step, subject=subject)
