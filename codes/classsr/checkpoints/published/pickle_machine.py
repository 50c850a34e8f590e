"""A pickle is a program for a stack machine; this machine knows only the instructions for data.

Python's own unpickler imports and calls what a file names, and a restricted one still lets a file
change the attributes of what it was handed or exhaust the memory. Here a name in the file stays
text, a call is looked up in a table of our own functions, and every other instruction is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any, Protocol, runtime_checkable

# Twice what the largest network here takes with the state of its optimizer; a second or two.
MOST_INSTRUCTIONS = 1_000_000
LONGEST_KEY = 63  # bits of an integer that is a key; those of longer ones can be made to collide


class Refused(ValueError):
    """Why a file is not read; the caller adds the file's name."""


@dataclass(frozen=True)
class Name:
    """A class or function that the file mentions, as `module.name`; it is never imported."""

    path: str


@runtime_checkable
class Buildable(Protocol):
    """A stand-in that receives its content after its construction (instruction BUILD)."""

    def build(self, state: Any) -> None: ...


LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINSTRING", "SHORT_BINSTRING"),  # the text of Python 2
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def read_pickle(
    program: bytes | IO[bytes],
    *,
    calls: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    names: Collection[str] = (),
    load: Callable[[Any], Any] | None = None,
) -> Any:
    """Build the data of the first pickle in `program`; a file is left behind the end of it.

    calls: what the file may call, by `module.name`, and the function of ours that answers.
    names: what it may mention besides, as an argument (`Name`).
    load: answers a persistent id, which is how PyTorch refers to a storage.

    Raises `Refused` for anything else; a damaged program raises whatever it trips over.
    """
    return _Machine(calls, names, load).run(program)


def text(value: Any) -> str:
    """The value if it is text: hashing, comparing or printing a nested value may never end."""
    if not isinstance(value, str):
        raise Refused("holds something else where a name was expected")
    return value


def put(target: Any, key: Any, value: Any) -> None:
    """Set one entry of a dict, whose keys are text or integers for the same reason."""
    if not isinstance(target, dict) or not isinstance(key, (str, int)):
        raise Refused("holds a dictionary whose keys are neither text nor integers")
    if isinstance(key, int) and key.bit_length() > LONGEST_KEY:
        raise Refused(f"holds a dictionary with a key of more than {LONGEST_KEY} bits")
    target[key] = value


class _Machine:
    def __init__(
        self,
        calls: Mapping[str, Callable[..., Any]],
        names: Collection[str],
        load: Callable[[Any], Any] | None,
    ) -> None:
        self.calls = calls
        self.names = names
        self.load = load
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self, program: bytes | IO[bytes]) -> Any:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(program)):
            if opcode.name == "STOP":
                break
            if number == MOST_INSTRUCTIONS:
                raise Refused(f"holds a pickle of more than {MOST_INSTRUCTIONS:,} instructions")
            self.step(opcode.name, argument)
        return self.stack.pop()

    def step(self, opcode: str, argument: Any) -> None:
        stack = self.stack
        if opcode in LITERALS:
            stack.append(argument)
        elif opcode in CONSTANTS:
            stack.append(CONSTANTS[opcode])
        elif opcode in TUPLES:
            stack[-TUPLES[opcode] :] = [tuple(stack[-TUPLES[opcode] :])]
        else:
            self.structure(opcode, argument)

    def structure(self, opcode: str, argument: Any) -> None:
        stack = self.stack
        match opcode:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                self.marks.append(len(stack))
            case "POP":
                stack.pop()
            case "POP_MARK":
                self.since_mark()
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "TUPLE":
                stack.append(tuple(self.since_mark()))
            case "EMPTY_LIST":
                stack.append([])
            case "LIST":
                stack.append(self.since_mark())
            case "APPEND":
                self.extend([stack.pop()])
            case "APPENDS":
                self.extend(self.since_mark())
            case "EMPTY_DICT":
                stack.append({})
            case "DICT":
                items = self.since_mark()
                stack.append({})
                self.update(items)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                self.update([key, value])
            case "SETITEMS":
                self.update(self.since_mark())
            case _:
                self.refer(opcode, argument)

    def refer(self, opcode: str, argument: Any) -> None:
        """Carry out what would import or call something."""
        stack = self.stack
        match opcode:
            case "GLOBAL":
                stack.append(self.mention(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                name, module = stack.pop(), stack.pop()
                stack.append(self.mention(text(module), text(name)))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(self.call(function, arguments))
            case "BUILD":
                state = stack.pop()
                # The state of a dict is attributes of its own, such as PyTorch's `_metadata`.
                if isinstance(stack[-1], Buildable):
                    stack[-1].build(state)
                elif not isinstance(stack[-1], dict):
                    raise Refused("sets attributes of something that is not an array")
            case "BINPERSID" if self.load is not None:
                stack.append(self.load(stack.pop()))
            case _:
                raise Refused(f"uses the pickle instruction {opcode}, which data do not need")

    def mention(self, module: str, name: str) -> Name:
        path = f"{module}.{name}"
        if path not in self.calls and path not in self.names:
            raise Refused(
                f"wants to call {path[:200]!r}; "
                "only arrays, tensors and plain containers are read, and nothing was run"
            )
        return Name(path)

    def call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Name) or function.path not in self.calls:
            raise Refused("calls something that is not a function of arrays or tensors")
        return self.calls[function.path](*arguments)

    def since_mark(self) -> list[Any]:
        mark = self.marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        return items

    def extend(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise Refused("appends to something that is not a list")
        self.stack[-1].extend(items)

    def update(self, items: list[Any]) -> None:
        for key, value in zip(items[::2], items[1::2], strict=True):
            put(self.stack[-1], key, value)
