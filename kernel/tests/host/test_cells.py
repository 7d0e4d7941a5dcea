"""What becomes of a cell: how it failed, in words of bounded length, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from . import pooling
from .celling import Kernel, failure, of, one_kernel, printed
from .conftest import Host
from .forking import ask, await_template, light, model, run, running

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with one_kernel() as kernel:
        yield kernel


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("raise ExceptionGroup('m', [ValueError('one')])", "ExceptionGroup", "ValueError: one"),
        (
            "try: raise ExceptionGroup('m', [ValueError('one')])\nexcept Exception: 1/0",
            "ZeroDivisionError",
            "ValueError: one",
        ),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
        ("%%time\n1/0", "ZeroDivisionError", "division by zero"),
        ("%nosuchmagic", "UsageError", "nosuchmagic"),
        ("%%nosuchmagic\n1", "UsageError", "nosuchmagic"),
        ("x = 'a", "SyntaxError", "unterminated"),
        ("class A:\n  def _repr_html_(self): raise KeyError('no')\nA()", "KeyError", "no"),
        ("class A:\n  def __repr__(self): return repr(self)\nA()", "RecursionError", "__repr__"),
        ("class E(Exception):\n  def __str__(self): return 1\nraise E", "E", "raised TypeError"),
        ("class E(RuntimeError):\n  def __str__(self): return 1\nraise E", "E", "TypeError"),
        ("class E(BaseException): pass\nraise E('base')", "E", "base"),
        ("raise type('a b', (Exception,), {})('odd')", "a b", "odd"),
        ("e = ValueError('v')\ne.add_note('a note')\nraise e", "ValueError", "a note"),
        ("raise ValueError('bad \\ud83d')", "ValueError", "bad \\ud83d"),
        ("x = '\ud83d'", "UnicodeEncodeError", "surrogates not allowed"),
    ],
)
def test_every_failure_is_an_error_that_is_shown_once(
    kernel: Kernel, code: str, name: str, words: str
) -> None:
    failed = failure(kernel.cell(code))
    assert failed[0] == name
    assert words in failed[1]
    assert "interactiveshell.py" not in failed[1]


def test_what_does_not_end_a_cell_is_no_failure(kernel: Kernel) -> None:
    thread = "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()"
    heard = kernel.cell(thread)
    assert "ZeroDivisionError" in printed(heard, "stderr")
    assert of(heard, "execute_reply")[0]["status"] == "ok"
    request = kernel.channel.execute("1", user_expressions={"bad": "1/0"})
    heard = kernel.heard(request)
    assert not of(heard, "error")
    assert of(heard, "execute_reply")[0]["user_expressions"]["bad"]["status"] == "error"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def f(n): return f(n+1)\nf(0)", ["line 1, in f", "more times", "RecursionError"]),
        ("def g(n): return h(n)\ndef h(n): return g(n)\ng(0)", ["more frames of g and h"]),
        (
            "e = None\nfor i in range(1000):\n  n = ValueError(i); n.__cause__ = e; e = n\nraise e",
            ["ValueError: 0", "992 more errors", "ValueError: 999"],
        ),
        (
            "e = ValueError(1)\nfor i in range(1000): e = ExceptionGroup('m', [e])\nraise e",
            ["ExceptionGroup: m", "is not shown"],
        ),
        (
            "raise ExceptionGroup('m', [ValueError(i) for i in range(1000)])",
            ["2 of 1,000", "990 more errors"],
        ),
        ("raise ValueError('x' * 2_000_000)", ["1,998,000 more letters"]),
        ("raise ValueError('x\\n' * 1_000_000)", ["1,998,000 more letters"]),
        ("1/0 #" + "x" * 100_000, ["more letters", "ZeroDivisionError"]),
    ],
)
def test_an_error_is_told_in_bounds(kernel: Kernel, code: str, words: list[str]) -> None:
    heard = kernel.cell(code)
    text = failure(heard)[1]
    assert [word for word in words if word not in text] == []
    assert len(text) < 10_000
    # What IPython keeps of it is bounded as well.
    kept = "len(str(get_ipython().history_manager.exceptions))"
    assert ask(kernel.channel, f"{kept} < 100_000")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('\\ud800x')", "\\ud800x\n"),
        ("print('\\ud83d\\ude00 \\udc80')", "\\ud83d\\ude00 \\udc80\n"),
        ("display({'text/plain': '\\ud83d'}, raw=True)", "\\ud83d"),
        ("import json\ndisplay({'text/plain': json.loads('\"\\\\ud83d\"')}, raw=True)", "\\ud83d"),
        ("class A:\n  def __repr__(self): return '\\udfff'\nA()", "\\udfff"),
    ],
)
def test_half_a_letter_is_written_out(kernel: Kernel, code: str, said: str) -> None:
    heard = kernel.cell(code)
    shown = [*of(heard, "display_data"), *of(heard, "execute_result")]
    assert printed(heard) + "".join(one["data"]["text/plain"] for one in shown) == said
    assert printed(heard, "stderr") == ""


def test_half_a_letter_in_a_question(kernel: Kernel) -> None:
    asked = kernel.begin("input('which \\ud83d?')", "input_request")
    kernel.answer("it")
    assert of(kernel.heard(asked), "execute_result")[0]["data"]["text/plain"] == "'it'"


AWAITING = [
    "print('on', flush=True)\nawait asyncio.sleep(60)",
    "async def f(): await asyncio.sleep(60)\nprint('on', flush=True)\nawait asyncio.gather(f(), f())",
    "print('on', flush=True)\nawait asyncio.to_thread(time.sleep, 2)",
    "await asyncio.sleep(0)\nprint('on', flush=True)\nwhile True: pass",
    "async def f():\n  print('on', flush=True)\n  while True: pass\nawait asyncio.gather(f())",
]


@pytest.mark.parametrize(
    "code",
    [
        *AWAITING,
        "print('on', flush=True)\ntime.sleep(60)",
        "print('on', flush=True)\nwhile True: sum(range(1000))",
    ],
)
def test_a_cell_is_stopped_at_once_and_told_so(kernel: Kernel, code: str) -> None:
    request = kernel.begin(f"import asyncio, time\n{code}")
    kernel.interrupt()
    assert failure(kernel.heard(request))[0] == "KeyboardInterrupt"
    assert run(kernel.channel, "print('works')") == "works\n"


def test_a_question_is_stopped(kernel: Kernel) -> None:
    request = kernel.begin("input('? ')", "input_request")
    kernel.interrupt()
    assert failure(kernel.heard(request))[0] == "KeyboardInterrupt"


@pytest.mark.parametrize("code", [AWAITING[0], AWAITING[1], AWAITING[3]])
def test_what_runs_beside_and_awaits_is_stopped(kernel: Kernel, code: str) -> None:
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    beside = kernel.begin(f"import asyncio\n{code}", subshell=subshell)
    kernel.channel.send("control", "tuningfork_request", {"do": "interrupt", "execution": beside})
    assert failure(kernel.heard(beside))[0] == "KeyboardInterrupt"
    after = kernel.channel.execute("await asyncio.sleep(0); print('after')", subshell=subshell)
    assert printed(kernel.heard(after)) == "after\n"


def test_a_breakpoint_asks(kernel: Kernel) -> None:
    request = kernel.begin("def f(x):\n  breakpoint()\n  return x + 1\nf(41)", "input_request")
    kernel.answer("p x")
    kernel.channel.until(lambda m: m["type"] == "stream" and "41" in m["content"]["text"])
    kernel.channel.until(lambda m: m["type"] == "input_request")
    kernel.answer("c")
    assert of(kernel.heard(request), "execute_result")[0]["data"]["text/plain"] == "42"


def test_a_breakpoint_is_stopped_and_the_next_one_asks(kernel: Kernel) -> None:
    code = "for i in range(3):\n  breakpoint()"
    for _ in range(2):
        request = kernel.begin(code, "input_request")
        kernel.interrupt()
        assert failure(kernel.heard(request))[0] == "KeyboardInterrupt"
    assert run(kernel.channel, "import sys; print(sys.gettrace())") == "None\n"


CHILD = (
    "import os, sys, time\npid = os.fork()\nif not pid:\n  {}\nprint(os.waitpid(pid, 0)[1] >> 8)"
)


@pytest.mark.parametrize(
    ("does", "code", "said"),
    [
        ("print('child'); sys.exit(0)", 0, "child"),
        ("sys.exit(3)", 3, ""),
        ("raise SystemExit('words')", 1, "words"),
        ("raise ValueError('in child')", 1, "ValueError: in child"),
        ("os.write(1, b'child\\n'); os._exit(0)", 0, "child"),
        ("input()", 1, "StdinNotImplementedError"),
    ],
)
def test_a_child_ends_where_its_program_does(
    kernel: Kernel, does: str, code: int, said: str
) -> None:
    heard = kernel.cell(CHILD.format(does))
    assert of(heard, "execute_reply")[0]["status"] == "ok"
    assert not of(heard, "error")
    assert f"{code}\n" in printed(heard)
    assert said in printed(heard) + printed(heard, "stderr")
    assert run(kernel.channel, "print('works')") == "works\n"


def test_a_child_that_comes_to_the_end_of_the_cell_is_no_second_kernel(kernel: Kernel) -> None:
    heard = kernel.cell("import os\npid = os.fork()")
    assert [reply["status"] for reply in of(heard, "execute_reply")] == ["ok"]
    assert run(kernel.channel, "print(os.waitpid(pid, 0)[1])") == "0\n"
    awaiting = "import asyncio\npid = os.fork()\nawait asyncio.sleep(0)"
    assert of(kernel.cell(awaiting), "execute_reply")[0]["status"] == "ok"
    assert run(kernel.channel, "print(os.waitpid(pid, 0)[1])") == "0\n"


def test_worker_processes_work(kernel: Kernel) -> None:
    code = """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, [-1, -2]))
"""
    assert run(kernel.channel, code) == "[1, 2]\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("subprocess.run(['echo', 'hi'], stdout=sys.stdout)", "hi\n"),
        ("subprocess.run(['sh', '-c', 'echo hi >&2'], stderr=sys.stderr)", "hi\n"),
        ("subprocess.run('echo hi', shell=True)", "hi\n"),
        ("os.system('echo hi')", "hi\n"),
        ("os.write(1, 'é'.encode() * 70_000)", "é" * 70_000),
        ("import ctypes\nctypes.CDLL(None).printf(b'hi\\n')", "hi\n"),
        ("import faulthandler\nfaulthandler.dump_traceback()", "File"),
    ],
)
def test_what_a_cell_starts_writes_into_the_cell(kernel: Kernel, code: str, said: str) -> None:
    heard = kernel.cell(f"import os, subprocess, sys\n{code};")
    assert said in printed(heard) + printed(heard, "stderr")
    assert "�" not in printed(heard)


def test_what_a_program_goes_on_writing_does_not_keep_the_cell(kernel: Kernel) -> None:
    kernel.cell("import subprocess\nendless = subprocess.Popen(['yes'])")
    assert "works" in run(kernel.channel, "endless.kill(); endless.wait(); print('works')")


def test_what_a_program_has_written_is_not_the_next_cells(kernel: Kernel) -> None:
    many = "import os\nos.system('seq 200000')\nNone"
    before = kernel.channel.execute(many)
    after = kernel.channel.execute("print('next')")
    heard = [*kernel.channel.idle(before), *kernel.channel.idle(after)]
    said = {
        request: "".join(
            m["content"]["text"] for m in heard if m["parent"] == request and m["type"] == "stream"
        )
        for request in (before, after)
    }
    assert said[before].splitlines() == [str(n) for n in range(1, 200_001)]
    assert said[after] == "next\n"


def test_a_fault_is_found_though_a_cell_has_turned_its_report_on(host: Host, folder: Path) -> None:
    channel = host.open(host.start_kernel(folder / "work"))
    channel.execute("import faulthandler, ctypes\nfaulthandler.enable()\nctypes.string_at(0)")
    facts = channel.until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    assert facts["where"] is not None


def test_what_was_written_into_the_folder_is_imported(kernel: Kernel) -> None:
    kernel.cell("%%writefile my_mod.py\nx = 41")
    kernel.cell("%%writefile random.py\nraise ImportError('not this one')")
    said = run(kernel.channel, "import my_mod, sys; sys.modules.pop('random', None); import random")
    assert said == ""
    assert ask(kernel.channel, "my_mod.x") == 41
    assert ask(kernel.channel, "random.__file__ is not None and 'work' not in random.__file__")


def _forked() -> AbstractContextManager[Host]:
    return running(program=light())


def _pooled() -> AbstractContextManager[Host]:
    return pooling.pooled(program=pooling.light())


@pytest.mark.parametrize(("way", "begin"), [("forked", _forked), ("pooled", _pooled)])
def test_it_is_so_however_a_kernel_was_started(
    way: str, begin: Callable[[], AbstractContextManager[Host]]
) -> None:
    with begin() as host:
        (await_template if way == "forked" else pooling.await_waiting)(host)
        kernel = Kernel(host, host.runtime.parent)
        assert model(host, kernel.id)["started"] == way
        assert failure(kernel.cell("raise ExceptionGroup('m', [ValueError()])"))[1]
        test_half_a_letter_is_written_out(kernel, "print('\\ud800x')", "\\ud800x\n")
        test_a_cell_is_stopped_at_once_and_told_so(kernel, AWAITING[0])
        test_a_breakpoint_asks(kernel)
        test_a_child_that_comes_to_the_end_of_the_cell_is_no_second_kernel(kernel)
        test_worker_processes_work(kernel)
        test_what_a_cell_starts_writes_into_the_cell(
            kernel, "subprocess.run(['echo', 'hi'], stdout=sys.stdout)", "hi\n"
        )
        test_what_was_written_into_the_folder_is_imported(kernel)
