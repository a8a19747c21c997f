"""`difftool completion`: a script that completes verbs, options and their values in a shell.

The scripts are made of the table of verbs and the parser of each: what is not parsed is not offered.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from dlang.cli import common, jsonout
from dlang.cli.exits import Exit
from dlang.cli.parser import Parser

__all__ = ["add_options", "run"]


class _Option(NamedTuple):
    """An option of a verb: what it is, the name of its value (none of a flag), and the words that this can be."""

    name: str
    text: str
    value: str
    words: tuple[str, ...]

    @property
    def takes_file(self) -> bool:
        """Its value is the path of a file, or ends in one."""
        return "FILE" in self.value


class _Verb(NamedTuple):
    name: str
    summary: str
    words: tuple[str, ...]
    takes_file: bool
    options: tuple[_Option, ...]


def add_options(parser: Parser) -> None:
    """The options of `completion`."""
    parser.add_words("shell", tuple(_SCRIPTS), "SHELL", "bash, zsh or fish")
    common.add_output_options(parser)


def run(args: Namespace) -> Exit:
    """Write the script."""
    text = "\n".join(_SCRIPTS[args.shell](list(_verbs()))) + "\n"
    if args.json:
        jsonout.write("completion", {"shell": args.shell, "text": text})
    else:
        sys.stdout.write(text)
    return Exit.DONE


def _verbs() -> Iterator[_Verb]:
    from dlang.cli.app import VERBS
    from dlang.cli.parser import parser_of

    for verb in VERBS:
        parser = parser_of(verb)[1]
        options, words = [], parser.words.get("shell", ())
        for action in parser.actions:
            if action.option_strings:
                name = action.option_strings[-1]
                value = "" if action.nargs == 0 else str(action.metavar)
                options.append(_Option(name, action.help or "", value, parser.words.get(name, ())))
        yield _Verb(verb.name, verb.summary, words, "FILE" in verb.argument, tuple(options))


def _bash(verbs: list[_Verb]) -> Iterator[str]:
    names = " ".join(verb.name for verb in verbs)
    yield "# difftool in bash: put `source <(difftool completion bash)` into ~/.bashrc"
    yield "_difftool() {"
    yield "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= files= IFS=$' \\t\\n'"
    yield "  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi"
    yield "  case $COMP_CWORD:${COMP_WORDS[1]}:$prev in"
    yield f'    1:*) words="{names} help --help --version" ;;'
    yield f'    *:help:*) words="{names}" ;;'
    for verb in verbs:
        for option in verb.options:
            if option.value:
                found = f'words="{" ".join(option.words)}"' if option.words else "files=*" if option.takes_file else ":"
                yield f"    *:{verb.name}:{option.name}) {found} ;;"
        offered = " ".join([*verb.words, *(option.name for option in verb.options)])
        yield f'    *:{verb.name}:*) words="{offered}"{" files=*.dl" if verb.takes_file else ""} ;;'
    yield "  esac"
    yield '  COMPREPLY=($(compgen -W "$words" -- "$cur"))'
    yield "  if [[ -n $files && $cur != -* ]]; then"
    yield "    IFS=$'\\n'"
    yield '    COMPREPLY=($(compgen -d -- "$cur") $(compgen -f -X "!$files" -- "$cur"))'
    yield "    compopt -o filenames 2>/dev/null"
    yield "  fi"
    yield "}"
    yield "complete -F _difftool difftool difflang"


def _zsh(verbs: list[_Verb]) -> Iterator[str]:
    yield "#compdef difftool difflang"
    yield "# difftool in zsh: put `source <(difftool completion zsh)` into ~/.zshrc, behind compinit"
    yield "_difftool() {"
    yield "  local -a verbs"
    yield "  verbs=("
    yield from (f"    {_quoted(verb.name + ':' + verb.summary)}" for verb in verbs)
    yield "    'help:the options of a verb'"
    yield "  )"
    yield "  if (( CURRENT == 2 )); then"
    yield "    _describe verb verbs"
    yield "    _arguments '--help[what there is]' '--version[the version]'"
    yield "    return"
    yield "  fi"
    yield "  local verb=$words[2]"
    yield "  shift words"
    yield "  (( CURRENT-- ))"
    yield "  case $verb in"
    yield "    help) _describe verb verbs ;;"
    for verb in verbs:
        yield f"    {verb.name})"
        yield "      _arguments \\"
        for option in verb.options:
            text = option.text.replace("[", "\\[").replace("]", "\\]")
            value = option.value.replace(":", "\\:").replace("[", "").replace("]", "")
            found = f"({' '.join(option.words)})" if option.words else "_files" if option.takes_file else " "
            yield f"        {_quoted(f'*{option.name}[{text}]' + (f':{value}:{found}' if value else ''))} \\"
        if verb.words:
            yield f"        {_quoted(':word:(' + ' '.join(verb.words) + ')')}"
        else:
            yield "        '*:program:_files -g \"*.dl\"'" if verb.takes_file else "        '*: : '"
        yield "      ;;"
    yield "  esac"
    yield "}"
    yield "compdef _difftool difftool difflang"


def _fish(verbs: list[_Verb]) -> Iterator[str]:
    yield "# difftool in fish: difftool completion fish > ~/.config/fish/completions/difftool.fish"
    none = "-n __fish_use_subcommand"
    names = " ".join(verb.name for verb in verbs)
    for command in ("difftool", "difflang"):
        yield f"complete -c {command} -f"
        yield f"complete -c {command} {none} -l help -d 'what there is'"
        yield f"complete -c {command} {none} -l version -d 'the version'"
        yield f"complete -c {command} {none} -a help -d 'the options of a verb'"
        yield f"complete -c {command} -n '__fish_seen_subcommand_from help' -a '{names}'"
        for verb in verbs:
            yield f"complete -c {command} {none} -a {verb.name} -d {_quoted(verb.summary)}"
            seen = f"-n '__fish_seen_subcommand_from {verb.name}'"
            if verb.takes_file:
                yield f"complete -c {command} {seen} -k -a '(__fish_complete_suffix .dl)'"
            if verb.words:
                yield f"complete -c {command} {seen} -a '{' '.join(verb.words)}'"
            for option in verb.options:
                line = f"complete -c {command} {seen} -l {option.name[2:]} -d {_quoted(option.text)}"
                if option.words:
                    line += f" -x -a '{' '.join(option.words)}'"
                elif option.value:
                    line += " -r -F" if option.takes_file else " -x"
                yield line


def _quoted(text: str) -> str:
    """In single quotes, as every one of the three shells reads them."""
    return "'" + text.replace("'", "'\\''") + "'"


_SCRIPTS: Mapping[str, Callable[[list[_Verb]], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
