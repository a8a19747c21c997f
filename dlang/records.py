"""Records: frozen classes with slots, declared by annotations as a dataclass is.

    @record
    class Point:
        x: float
        y: float = 0.0

Start-up is why they are not dataclasses: the standard library compiles half a dozen methods for each class when it
is imported, about a millisecond, and a short command imports over a hundred. Here a record's `__init__` is compiled
when the first one is made, and the other methods are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

__all__ = ["field", "field_names", "record", "replace"]

T = TypeVar("T")


class _Default:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """The default of a field that is made by a call, such as `field(default_factory=list)`."""
    return _Default(default_factory)


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(*, frozen: bool = True, eq: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, frozen: bool = True, eq: bool = True) -> Any:
    """Make a class a record.

    Args:
        cls: the class; its annotations are the fields, in order, after those of a record it extends.
        frozen: fields cannot be set later.
        eq: equal fields make equal records, which then hash by them if frozen; otherwise identity counts.
    """
    if cls is None:
        return lambda declared: _made(declared, frozen, eq)
    return _made(cls, frozen, eq)


def field_names(value: Any) -> tuple[str, ...]:
    """The names of a record's fields, in order; none for anything else."""
    names: tuple[str, ...] = getattr(value, "__record_fields__", ())
    return names


def replace(value: T, /, **changes: Any) -> T:
    """The record with some fields changed."""
    kept = {name: getattr(value, name) for name in field_names(value)}
    return type(value)(**{**kept, **changes})


def _made(cls: Any, frozen: bool, eq: bool) -> Any:
    own = tuple(cls.__annotations__)
    inherited: tuple[str, ...] = getattr(cls, "__record_fields__", ())
    fields = (*inherited, *(name for name in own if name not in inherited))
    namespace = {k: v for k, v in cls.__dict__.items() if k not in ("__dict__", "__weakref__")}
    defaults = {**getattr(cls, "__record_defaults__", {}), **{n: namespace.pop(n) for n in own if n in namespace}}
    namespace.update(
        __slots__=tuple(name for name in own if name not in inherited),
        __match_args__=fields,
        __record_fields__=fields,
        __record_defaults__=defaults,
        __record_frozen__=frozen,
    )
    namespace.setdefault("__repr__", _repr)
    if "__init__" not in namespace:
        namespace["__init__"] = _first_init
    if frozen:
        namespace["__setattr__"] = namespace["__delattr__"] = _refuse
    if eq:
        values = attrgetter(*fields) if len(fields) > 1 else _values
        namespace["__record_values__"] = staticmethod(values)
        namespace.setdefault("__eq__", _equal)
        namespace.setdefault("__hash__", _hash if frozen else None)
    return type(cls)(cls.__name__, cls.__bases__, namespace)


def _values(record_: Any) -> tuple[Any, ...]:
    return tuple(getattr(record_, name) for name in record_.__record_fields__)


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    """Compiles the class's `__init__`, which takes this one's place."""
    cls: Any = next(c for c in type(self).__mro__ if c.__dict__.get("__init__") is _first_init)
    scope: dict[str, Any] = {}
    params, lines = [], []
    for name in cls.__record_fields__:
        given = name
        default = cls.__record_defaults__.get(name, _NOTHING)
        if default is _NOTHING:
            params.append(name)
        else:
            scope[f"_default_{name}"] = default.make if isinstance(default, _Default) else default
            params.append(f"{name}=_default_{name}")
            if isinstance(default, _Default):
                given = f"_default_{name}() if {name} is _default_{name} else {name}"
        if cls.__record_frozen__:
            scope[f"_set_{name}"] = getattr(cls, name).__set__
            lines.append(f"    _set_{name}(self, {given})")
        else:
            lines.append(f"    self.{name} = {given}")
    source = f"def __init__(self, {', '.join(params)}):\n" + ("\n".join(lines) or "    pass")
    exec(source, scope)
    cls.__init__ = scope["__init__"]
    cls.__init__(self, *args, **kwargs)


_NOTHING = object()


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record_fields__)
    return f"{type(self).__name__}({shown})"


def _equal(self: Any, other: Any) -> Any:
    if self is other:
        return True
    if type(self) is not type(other):
        return NotImplemented
    return self.__record_values__(self) == self.__record_values__(other)


def _hash(self: Any) -> int:
    return hash(self.__record_values__(self))


def _refuse(self: Any, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is frozen: `{name}` cannot be changed")
