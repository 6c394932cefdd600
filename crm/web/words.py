"""Words: the interface's language, chosen once a request and set into templates when they compile.

A page prints a hundred phrases that are the same every time. Each template is compiled once for
each language, and there a phrase stands in its code like any other text.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, g, templating
from flask_babel import Babel, Domain, get_domain
from jinja2 import Undefined, nodes
from jinja2.compiler import CodeGenerator
from jinja2.environment import create_cache
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from pathlib import Path

    from babel.support import NullTranslations, Translations
    from flask import Flask
    from jinja2 import Environment as BaseEnvironment
    from jinja2.compiler import Frame

    Cache = MutableMapping[Any, Any]

Made = TypeVar("Made")
COMPILED = 400
"""Templates kept compiled for each language: more than there are."""


def language() -> str:
    """The language of the running request: zh or en; zh where none is running."""
    try:
        said: str | None = g.get("language")
    except RuntimeError:  # no request and no command is running
        return "zh"
    if said is None:
        said = g.language = current_app.extensions["kedang.language"]().partition("_")[0]
    return said


def once(make: Callable[[], Made]) -> Callable[[], Made]:
    """Make what depends on the language alone once for each: titles, options, a menu's words."""
    made: dict[str, Made] = {}

    @wraps(make)
    def given() -> Made:
        spoken = language()
        if spoken not in made:
            made[spoken] = make()
        return made[spoken]

    return given


class Words(Domain):
    """The catalogues, each looked up once."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Flask-Babel has no types
        self._catalogues: dict[str, NullTranslations | Translations] = {}

    def get_translations(self) -> NullTranslations | Translations:
        """The catalogue of the request's language."""
        spoken = language()
        if spoken not in self._catalogues:
            self._catalogues[spoken] = super().get_translations()  # type: ignore[no-untyped-call] # the same
        return self._catalogues[spoken]


_SPECIAL = re.compile("[&<>\"']").search


def _escaped(value: Any) -> str:
    """As markupsafe's escape; a value with nothing to escape is joined as it is."""
    kind = type(value)
    if kind is Markup or (kind is str and not _SPECIAL(value)):
        return value  # type: ignore[no-any-return] # it is one of the two
    return escape(value)


class Environment(templating.Environment):
    """Templates compiled once for each language."""

    escaped = staticmethod(_escaped)

    @property
    def cache(self) -> Cache:
        """The compiled templates of the request's language."""
        spoken = language()
        if spoken not in self._caches:
            self._caches[spoken] = create_cache(COMPILED) or {}
        return self._caches[spoken]

    @cache.setter
    def cache(self, _made: Cache) -> None:
        self._caches: dict[str, Cache] = {}

    def make_globals(self, own: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names every template knows: one dictionary, unless a template has names of its own.

        A chain of an empty dictionary and this one is asked for each name at every import.
        """
        return super().make_globals(own) if own else self.globals


class Unsaid(Undefined):
    """A name that no view has said: printing or asking it is a mistake, not an empty place.

    A dictionary may lack a key, as a form just opened lacks what was typed; a page may not.
    """

    def __bool__(self) -> bool:
        """Raises UndefinedError for a name; a missing key is nothing."""
        self._refuse()
        return super().__bool__()

    def __str__(self) -> str:
        """Raises UndefinedError for a name; a missing key prints nothing."""
        self._refuse()
        return super().__str__()

    def __iter__(self) -> Iterator[Any]:
        """Raises UndefinedError for a name; a missing key holds nothing."""
        self._refuse()
        return super().__iter__()

    def _refuse(self) -> None:
        if self._undefined_obj is missing and self._undefined_name:  # not the first of nothing
            self._fail_with_undefined_error()


class _Setting(NodeTransformer):
    """Puts a phrase's words where the template asks for it."""

    def __init__(self, environment: BaseEnvironment, kind: type[str]) -> None:
        self.environment, self.kind = environment, kind

    def visit_Call(self, node: nodes.Call, *_: Any) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        if not _is_phrase(node):
            return node
        words = nodes.Const(self.kind(get_domain().gettext(node.args[0].as_const())))
        pairs = [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs]
        made = nodes.Mod(words, nodes.Dict(pairs))
        made.set_environment(self.environment)
        return made.set_lineno(node.lineno, override=True)


def _is_phrase(node: nodes.Call) -> bool:
    named = isinstance(node.node, nodes.Name) and node.node.name == "_"
    plain = len(node.args) == 1 and isinstance(node.args[0], nodes.Const)
    return named and plain and not node.dyn_args and not node.dyn_kwargs


class _Code(CodeGenerator):
    """Writes a template's code with its phrases set."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        escapes = nodes.EvalContext(self.environment, self.name).autoescape
        setting = _Setting(self.environment, Markup if escapes else str)
        super().visit_Template(setting.visit(node), frame)


Environment.code_generator_class = _Code


def install(app: Flask, catalogues: Path, choose: Callable[[], str]) -> None:
    """Speak the language that `choose` names. Comes before anything asks for the templates."""
    app.jinja_environment = Environment
    babel = Babel(app, default_translation_directories=str(catalogues), locale_selector=choose)
    babel.domain_instance = Words()
    app.extensions["kedang.language"] = choose
