"""What a learner can leave behind for their own next Python: each would keep it from beginning.

Unlike the other attempts these hurt nobody else, and they are code for a cell: what comes of them
is seen at the next start. Each is undone by code that runs in a cell of a safe start, if at all.
"""

from __future__ import annotations

from collections.abc import Mapping

_PROFILE = """
import os, shutil
home = os.path.expanduser("~")
ipython = os.environ.get("TUNINGFORK_STARTUP") or home + "/.ipython"
profile = ipython + "/profile_default"
def leave(path, text="import os; os._exit(3)"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(text)
"""
UNDO = f"""{_PROFILE}
for path in (ipython, home + "/.local", home + "/.config"):
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
if os.path.isdir(ipython):
    os.chmod(profile, 0o700)
    shutil.rmtree(ipython)
for name in ("random.py", "torch.py", "IPython.py", "usercustomize.py"):
    if os.path.exists(name):
        os.unlink(name)
print("undone")
"""
"""What a learner would do who knows where to look."""

CLOSING = {
    "close_home": "os.chmod(home, 0)",
    "close_home_to_writing": "os.chmod(home, 0o500)",
    "close_socket_folder": "os.makedirs(run + '/s/a/b'); os.chmod(run + '/s/a', 0)",
    "fill_socket_folder_deeply": """
os.chdir(run + "/s")
for _ in range(3000):
    os.mkdir("d"); os.chdir("d")
""",
    "build_deep_tree_of_odd_names": """
for name in (b"new\\nline", b"\\xff\\xfe", b"n" * 255): open(name, "w").close()
for _ in range(3000):
    os.mkdir("d"); os.chdir("d")
""",
    "put_link_in_place_of_home": """
try:
    os.rename(home, home + "2"); os.symlink("/", home)
except OSError:
    pass
""",
}
"""The host sees to these by itself: an ordinary start works all the same."""

FILES = {
    "end_in_script": "leave(profile + '/startup/01.py')",
    "end_in_settings": "leave(profile + '/ipython_config.py')",
    "end_in_kernel_settings": "leave(profile + '/ipython_kernel_config.py')",
    "break_every_cell": """
leave(profile + '/startup/01.py', "get_ipython().run_cell = get_ipython().run_cell_async = None")
""",
    "put_loop_in_place_of_profile": "shutil.rmtree(ipython); os.symlink(ipython, ipython)",
    "close_profile": "os.chmod(profile, 0)",
}
"""Only a start without them works, and from there they can be undone."""

HARMLESS = {
    "put_file_in_place_of_profile": "shutil.rmtree(ipython); leave(ipython)",
    "hide_libraries": """
for name in ("random", "torch", "IPython", "usercustomize"): leave(home + f"/{name}.py")
""",
    "end_in_user_packages": """
import sys
leave(home + "/.local/lib/python%d.%d/site-packages/usercustomize.py" % sys.version_info[:2])
""",
    "put_file_in_place_of_settings": """
leave(home + "/.config", ""); shutil.rmtree(home + "/.local", True); leave(home + "/.local", "")
""",
}
"""They do not keep an ordinary start from working; it must stay so."""

TRAPS: Mapping[str, str] = {**CLOSING, **FILES, **HARMLESS}


def cell(name: str) -> str:
    """Code that sets a trap."""
    run = "os.path.dirname(IPKernelApp.instance().abs_connection_file)"
    first = f"from ipykernel.kernelapp import IPKernelApp\n{_PROFILE}run = {run}\n"
    return f"{first}{TRAPS[name]}\nprint('set')"
