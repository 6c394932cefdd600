"""查重: pairs that may be one customer – looked for, told apart, or put side by side and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import jobs
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.audit import log
from crm.customers import cards, duplicates, merging, names
from crm.customers.cards import Customer
from crm.customers.duplicates import scan
from crm.customers.duplicates.likeness import Reason
from crm.customers.editing import apply
from crm.customers.merging import Merge, comparing, joining, parting
from crm.customers.views import bp
from crm.db import db
from crm.errors import Invalid, Missing
from crm.web import counting, unit
from crm.web.forms import id_of, number_of
from crm.web.guard import allow
from crm.web.limits import CHECKS, limit, who

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.customers.merging.comparing import Comparison

KIND, FARTHEST = "duplicates", 200
COMPARISONS = "40 per day"
"""Two cards side by side, for one person: each comparison tells, fact by fact, same or not."""


@bp.get("/customers/duplicates")
@allow(Permission.CUSTOMER_MERGE)
def pairs() -> ResponseReturnValue:
    """The pairs that wait, the surest first; how far a run is; the latest merges."""
    page = number_of(request.args.get("page", ""), FARTHEST) or 1
    rows = duplicates.open_pairs(page)
    shown = rows[: duplicates.PAGE]
    ids = tuple({one for row in shown for one in (row.low_id, row.high_id)})
    log.say("list", subject_type="customer", subject_ids=ids, detail={"scene": "duplicates"})
    waiting = duplicates.how_many()
    return render_template(
        "customers/duplicates.html",
        rows=[_pair(row) for row in shown],
        waiting=counting.told(waiting),
        page=page,
        more=len(rows) > duplicates.PAGE,
        job=_job(),
        merges=_merges(),
    )


def _pair(row: Any) -> dict[str, Any]:
    reasons = [Reason(one).label for one in row.reasons]
    return {**row._asdict(), "reasons": reasons}


def _job() -> dict[str, Any] | None:
    job = next(iter(jobs.recent(g.viewer.id, KIND, 1)), None)
    if job is None:
        return None
    state = "cut-off" if jobs.is_cut_off(job) else job.state
    return {
        "state": state,
        "done": job.done,
        "total": job.total,
        "at": job.said_at,
        "facts": job.facts,
    }


def _merges() -> list[dict[str, Any]]:
    return [
        {"id": one.id, "gone": one.gone_name, "kept_id": one.kept_id, "at": one.at,
         "undone": one.undone_at is not None, "kept": _name(one.kept_id)}
        for one in merging.recent()
    ]  # fmt: skip


def _name(customer_id: UUID) -> str:
    found = db.session.execute(db.select(Customer.name).where(Customer.id == customer_id)).scalar()
    return found or ""


@bp.post("/customers/duplicates/scan")
@allow(Permission.CUSTOMER_MERGE)
def look() -> ResponseReturnValue:
    """立即查重: what changed since the last run, against all, in the background."""
    unit.current().write()
    job = _job()
    if job and job["state"] == "running":
        return redirect("/customers/duplicates", 303)
    made = jobs.prepare(KIND, g.viewer.id, b"", {})
    jobs.forget(made.id)
    jobs.progress(made.id, state="running")
    actor, address = g.viewer.actor(), unit.current().address
    unit.current().settle()
    jobs.start(made.id, actor, address, lambda one: _look(actor, address, one))
    return redirect("/customers/duplicates", 303)


def _look(actor: Any, address: str, job_id: UUID) -> None:
    scan.run(actor, address, job_id)


@bp.post("/customers/duplicates/apart")
@allow(Permission.CUSTOMER_MERGE)
def apart() -> ResponseReturnValue:
    """不是重复: remembered, so that no later run asks again."""
    unit.current().write()
    one, other = (id_of(request.form.get(name, "")) for name in ("low", "high"))
    if not one or not other or not duplicates.say_apart(g.viewer, one, other):
        raise Missing
    log.say(
        KIND,
        subject_type="customer",
        subject_ids=(one, other),
        detail={"apart": True},
        indexed=True,
    )
    flash(_("已记住：不是重复。"), "ok")
    return redirect("/customers/duplicates", 303)


@bp.route("/customers/<uuid:customer_id>/merge/<uuid:other_id>", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_MERGE)
@limit(COMPARISONS, key_func=who)
def merge(customer_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Two cards side by side; which value stands is chosen fact by fact; then one card is left."""
    if request.method == "POST":
        unit.current().write()
    for one in (customer_id, other_id):
        if into := merging.survivor(one):
            raise Invalid(_("其中一张卡已并入“%(name)s”，请重新选择。", name=_name(into)))
    kept, gone = (
        cards.get(one, g.viewer, Permission.CUSTOMER_MERGE).customer
        for one in (customer_id, other_id)
    )
    if kept.id == gone.id:
        raise Invalid(_("一张卡不能和自己合并。"))
    if request.method != "POST":
        return _compared(kept, gone)
    if request.form.get("versions") != _versions(kept, gone):
        return _compared(kept, gone, _("比较之后有人改过其中一张卡，请再看一遍。")), 409
    picks = {
        name.removeprefix("pick."): side
        for name, side in request.form.items()
        if name.startswith("pick.")
    }
    made = joining.join(g.viewer, kept, gone, picks)
    flash(_("已合并。30 天内可以撤销。"), "ok")
    return redirect(f"/customers/merges/{made.id}", 303)


def _versions(kept: Customer, gone: Customer) -> str:
    return f"{kept.version}-{gone.version}"


def _compared(kept: Customer, gone: Customer, problem: str = "") -> str:
    both: Comparison = comparing.of(kept, gone)
    people = [len(both.kept_people), len(both.gone_people)]
    log.say(
        "list", subject_type="customer", subject_ids=(kept.id, gone.id), indexed=True,
        detail={"view": "compare", "contacts": people},
    )  # fmt: skip
    return render_template(
        "customers/compare.html", kept=kept, gone=gone, company=both.company(),
        people=both.people(), coming=both.coming(), versions=_versions(kept, gone), problem=problem,
    )  # fmt: skip


@bp.get("/customers/merges/<uuid:merge_id>")
@allow(Permission.CUSTOMER_MERGE)
def merged(merge_id: UUID) -> ResponseReturnValue:
    """One merge: which card went into which, by whom, and until when it can be undone."""
    found = _merge(merge_id)
    log.say(
        "list", subject_type="customer", subject_ids=(found.kept_id, found.gone_id), indexed=True,
        detail={"view": "merge"},
    )  # fmt: skip
    by = db.session.get(Person, found.by_id)
    return render_template(
        "customers/merged.html",
        merge=found,
        kept=_name(found.kept_id),
        until=found.at + merging.KEPT_FOR,
        by=by.name if by else "",
    )


@bp.post("/customers/merges/<uuid:merge_id>/undo")
@allow(Permission.CUSTOMER_MERGE)
def undo(merge_id: UUID) -> ResponseReturnValue:
    """Two cards again; what was changed since stays where it is, and is told."""
    unit.current().write()
    stayed = parting.part(g.viewer, _merge(merge_id))
    flash(_("已撤销合并，两张卡都恢复了。"), "ok")
    if stayed:
        flash(_("合并后改过的内容留在保留的卡上：%(what)s。", what=_("、").join(stayed)), "warn")
    return redirect(f"/customers/merges/{merge_id}", 303)


def _merge(merge_id: UUID) -> Merge:
    found = db.session.get(Merge, merge_id)
    if found is None:
        raise Missing
    return found


@bp.get("/customers/name-check")
@allow(Permission.CUSTOMER_CREATE)
@limit(CHECKS, key_func=who)
def name_check() -> ResponseReturnValue:
    """While a new card's name is typed: 已有，负责人… for exactly this name, nothing for others."""
    name = request.args.get("name", "")[:120]
    taken = apply.taken_by(name) if len(names.fold(name)) > 1 else None
    return render_template("customers/_name_check.html", taken=taken)
