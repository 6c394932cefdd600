"""Problems: each error becomes a page with a sentence and a next step; the unit is undone first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from crm.errors import CannotOpen, KeyMissing, Trouble
from crm.web import unit

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue


OUTSIDE = "/intake/"
"""Who writes here has no account: there is no place of theirs to send them to."""


def wants_json() -> bool:
    """Whether the client asked for JSON rather than a page."""
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]


def install(app: Flask) -> None:
    """Answer every error with a page; never with an exception's own text."""
    app.register_error_handler(Trouble, _trouble)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CannotOpen, _cannot_open)
    app.register_error_handler(KeyMissing, _key_missing)
    app.register_error_handler(Exception, _unexpected)


def _trouble(error: Trouble) -> ResponseReturnValue:
    return answer(error.status, error.sentence, getattr(error, "clause", ""))


def _forged(_error: CSRFError) -> ResponseReturnValue:
    return answer(400, _("这个页面放得太久了，或者不是从本系统打开的。请刷新后再试。"))


def _http(error: HTTPException) -> ResponseReturnValue:
    return answer(error.code or 500)


def _cannot_open(_error: CannotOpen) -> ResponseReturnValue:
    current_app.logger.error("a sealed value could not be opened at %s", request.endpoint)
    return answer(
        500, _("这条资料解不开：它可能被改动过，或者密钥不对。请告诉系统管理员，先不要再改这张卡。")
    )


def _key_missing(_error: KeyMissing) -> ResponseReturnValue:
    current_app.logger.error(
        "a key is missing at %s: is the master key the right one?", request.endpoint
    )
    return answer(500, _("主密钥不对，或者缺了一把密钥：什么都没有改动。请告诉系统管理员。"))


def _unexpected(error: Exception) -> ResponseReturnValue:
    """Type and place go to the application's log, never the text: it may quote what was typed."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    current_app.logger.error("%s at %s", type(error).__name__, where)
    if current_app.config.get("SHOW_ERRORS"):
        raise error
    return answer(500)


def unsettled() -> ResponseReturnValue:
    """The page for what could not be committed: nothing was changed, nothing is shown."""
    return answer(500)


def answer(status: int, sentence: str = "", clause: str = "") -> ResponseReturnValue:
    """The problem page (or JSON), after undoing whatever the request had begun.

    `clause` is the line of the rules behind a refusal, where there is one.
    """
    unit.current().abandon()
    title, usual, step = _words(status)
    sentence = sentence or usual
    if wants_json():
        return jsonify({"error": sentence} | ({"clause": clause} if clause else {})), status
    if request.path.startswith(OUTSIDE):
        step = None
    page = render_template(
        "errors/problem.html",
        code=status,
        title=title,
        sentence=sentence,
        clause=clause,
        next_step=step,
    )
    return page, status


def _words(status: int) -> tuple[str, str, tuple[str, str] | None]:
    """Title, usual sentence and next step (label, address) of a status."""
    home = (_("回工作台"), "/")
    known = {
        400: (_("没有看懂"), _("请求不完整，请回上一页再试。"), home),
        401: (_("请先登录"), _("请先登录。"), (_("去登录"), "/sign-in")),
        403: (_("没有权限"), _("您的岗位没有这项权限。"), (_("看看我能做什么"), "/me")),
        404: (_("没有找到"), _("没有这个页面或这条记录，或者不在您的范围内。"), home),
        405: (_("不能这样访问"), _("这个地址不接受这种访问方式。"), home),
        409: (_("别人先改了"), _("这条记录刚被别人改过，请刷新后再改。"), home),
        413: (_("文件太大"), _("内容太大了，请缩小后再试。"), home),
        422: (_("填写有误"), _("有些内容需要改一改。"), home),
        429: (_("太频繁了"), _("操作太频繁，请稍后再试。"), home),
    }
    return known.get(
        status,
        (
            _("系统出错"),
            _("系统出了点问题，刚才的操作没有生效。请稍后再试，仍不行请联系系统管理员。"),
            home,
        ),
    )
