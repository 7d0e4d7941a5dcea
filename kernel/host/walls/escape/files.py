"""Other people's files: by path, by link, by the back door; and files to be read, not changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError, secret_in
from host.walls.escape.stage import NOTE, SHARED_MEMORY, Stage


def list_other_homes(stage: Stage) -> str:
    return str(os.listdir(stage.other.parent))


def read_other_file(stage: Stage) -> str:
    return secret_in((stage.other / "essay.txt").read_text())


def read_other_hidden_file(stage: Stage) -> str:
    return secret_in((stage.other / ".ipython" / "history").read_text())


def write_other_file(stage: Stage) -> str:
    return _written(stage.other / "essay.txt")


def plant_other_startup(stage: Stage) -> str:
    """IPython runs what lies there when the other's kernel starts."""
    path = stage.other / ".ipython" / "profile_default" / "startup" / "00.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("print('gotcha')")
    return str(path)


def delete_other_file(stage: Stage) -> str:
    (stage.other / "decoy-1").unlink()
    return "deleted"


def rename_other_file(stage: Stage) -> str:
    (stage.other / "decoy-2").rename(stage.other / "renamed")
    return "renamed"


def make_other_file_open(stage: Stage) -> str:
    (stage.other / "decoy-3").chmod(0o666)
    return "chmod 666"


def climb_from_home(_stage: Stage) -> str:
    return secret_in(Path(f"{Path.home()}/../bo/essay.txt").read_text())


def climb_by_descriptor(_stage: Stage) -> str:
    home = os.open(Path.home(), os.O_PATH)
    up = os.open("..", os.O_PATH, dir_fd=home)
    file = os.open("bo/essay.txt", os.O_RDONLY, dir_fd=up)
    return secret_in(os.read(file, 1000))


def follow_own_symlink(stage: Stage) -> str:
    link = _fresh("link-to-bo")
    link.symlink_to(stage.other / "essay.txt")
    return secret_in(link.read_text())


def symlink_to_database(stage: Stage) -> str:
    link = _fresh("link-to-app")
    link.symlink_to(stage.app)
    return secret_in((link / "secret").read_text())


def hard_link(stage: Stage) -> str:
    link = _fresh("hard")
    link.hardlink_to(stage.other / "essay.txt")
    return secret_in(link.read_text())


def by_own_root(stage: Stage) -> str:
    return secret_in(Path(f"/proc/self/root{stage.other}/essay.txt").read_text())


def by_first_root(stage: Stage) -> str:
    return secret_in(Path(f"/proc/1/root{stage.other}/essay.txt").read_text())


def by_own_folder(_stage: Stage) -> str:
    os.chdir(Path.home())
    return secret_in(Path("/proc/self/cwd/../bo/essay.txt").read_text())


def read_teacher_key(stage: Stage) -> str:
    return secret_in((stage.teacher / ".ssh" / "id_ed25519").read_text())


def read_teacher_passwords(stage: Stage) -> str:
    return secret_in((stage.teacher / ".netrc").read_text())


def read_model_hub_token(stage: Stage) -> str:
    return secret_in((stage.teacher / ".cache" / "huggingface" / "token").read_text())


def plant_teacher_startup(stage: Stage) -> str:
    return _written(stage.teacher / ".profile")


def read_database(stage: Stage) -> str:
    with sqlite3.connect(f"file:{stage.app}/tuningfork.db?mode=ro", uri=True) as database:
        return secret_in(str(database.execute("select answer from grades").fetchall()))


def write_database(stage: Stage) -> str:
    with sqlite3.connect(f"file:{stage.app}/tuningfork.db?mode=rw", uri=True) as database:
        database.execute("update grades set mark = 'A+'")
    return "graded myself"


def read_journal(stage: Stage) -> str:
    return secret_in((stage.app / "tuningfork.db-journal.txt").read_bytes())


def read_backup(stage: Stage) -> str:
    return secret_in((stage.app / "backups" / "monday.db").read_bytes())


def read_app_secret(stage: Stage) -> str:
    return secret_in((stage.app / "secret").read_text())


def read_invitations(stage: Stage) -> str:
    return secret_in((stage.app / "invites" / "bo").read_text())


def change_lesson_check(stage: Stage) -> str:
    return _written(stage.shared / "lesson" / "checks.py")


def replace_lesson_check(stage: Stage) -> str:
    path = stage.shared / "lesson" / "data.txt"
    path.unlink()
    path.write_text("mine")
    return "replaced"


def poison_model_cache(stage: Stage) -> str:
    return _written(stage.shared / "models" / "weights")


def poison_packages(stage: Stage) -> str:
    """Python runs such a file in every process that starts."""
    path = stage.shared / "packages" / "evil.pth"
    path.write_text("import os")
    return str(path)


def read_other_temporary_file(_stage: Stage) -> str:
    return secret_in(NOTE.read_text())


def write_other_temporary_file(_stage: Stage) -> str:
    return _written(NOTE)


def read_other_batch(_stage: Stage) -> str:
    return secret_in(SHARED_MEMORY.read_text())


def write_other_batch(_stage: Stage) -> str:
    return _written(SHARED_MEMORY)


def leave_where_all_look(stage: Stage) -> str:
    path = Path(stage.folder) / "drop" / "for-all"
    path.write_text("read me")
    return str(path)


def _fresh(name: str) -> Path:
    path = Path.home() / name
    path.unlink(missing_ok=True)
    return path


def _written(path: Path) -> str:
    if not path.exists():
        raise BlockedError(f"{path} is not there")
    with path.open("a") as file:
        file.write("# gotcha")
    return f"wrote to {path}"


PROBES: tuple[Attempt, ...] = (
    list_other_homes,
    read_other_file,
    read_other_hidden_file,
    write_other_file,
    plant_other_startup,
    delete_other_file,
    rename_other_file,
    make_other_file_open,
    climb_from_home,
    climb_by_descriptor,
    follow_own_symlink,
    symlink_to_database,
    hard_link,
    by_own_root,
    by_first_root,
    by_own_folder,
    read_teacher_key,
    read_teacher_passwords,
    read_model_hub_token,
    plant_teacher_startup,
    read_database,
    write_database,
    read_journal,
    read_backup,
    read_app_secret,
    read_invitations,
    change_lesson_check,
    replace_lesson_check,
    poison_model_cache,
    poison_packages,
    read_other_temporary_file,
    write_other_temporary_file,
    read_other_batch,
    write_other_batch,
    leave_where_all_look,
)
