"""jupyter_server with everything decided: where it listens, what it serves, what it never does."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import time
from typing import Any

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from host import VERSION, health, spec
from host.adopt.taking import take_over
from host.allowance import rate_from
from host.bounds import kernel_bound
from host.channel import TapeConnection
from host.fork.choice import choose_starter
from host.fork.port import Starter
from host.fork.provisioner import register
from host.fork.walled import register as register_walled
from host.gate import HeaderIdentity, keep_served_routes
from host.idle import limits_from
from host.keeper import Keeper
from host.kernel import HostKernel
from host.kernels import HostKernels
from host.memory import machine_memory
from host.outlet import PLACE, Outlet, hosts_from
from host.runtime import Runtime
from host.turns import Turns, wants_turns
from host.walls.rooms import Rooms, choose_rooms

_OPEN_FILES = 65_536


class HostApp(ServerApp):
    """Reads no configuration file and loads no extension."""

    runtime: Runtime
    starter: Starter
    keeper: Keeper
    turns: Turns | None = None
    """Says who of a class goes first; None: nobody does."""
    bound: int | None = None
    """Bytes of memory that a kernel may have."""
    output_rate: float | None = None
    """Bytes that a kernel may say in a second, in the long run; None: as many as it likes."""
    rooms: Rooms | None = None
    """Makes the walls of kernels; None: there are none."""
    outlet: Outlet | None = None
    """Leads kernels to the hosts they may reach; None: to none through walls, to all without."""
    default_services: Any = ("api", "kernels")
    no_browser_open_file = True

    def migrate_config(self) -> None:
        """There is no configuration of the user's to move."""

    def load_config_file(self, *_arguments: Any, **_options: Any) -> None:
        """There is none to load."""

    def init_webapp(self) -> None:
        """Jupyter's routes, less all but a few, and one of ours."""
        super().init_webapp()
        keep_served_routes(self.web_app)
        self.web_app.settings[health.SETTING] = health.Health(
            self.kernel_manager, self.starter, self.rooms
        )

    def init_signal(self) -> None:
        """Both ways of asking end the host and its kernels."""
        signal.signal(signal.SIGTERM, self._signal_stop)
        signal.signal(signal.SIGINT, self._signal_stop)

    def write_server_info_file(self) -> None:
        """Jupyter's own file would come before the socket answers; see `_post_start`."""

    def remove_server_info_file(self) -> None:
        """Runs first when the host stops."""
        self.runtime.description.unlink(missing_ok=True)
        self.starter.end()

    async def _post_start(self) -> None:
        """The loop runs and the socket listens: say where."""
        await super()._post_start()
        take_over(self.kernel_manager)
        self._describe()
        self.starter.begin()
        if self.rooms:
            self.rooms.begin()
        if self.outlet:
            await self.outlet.begin()
        self.keeper.begin()
        if self.turns:
            self.turns.begin()

    def _describe(self) -> None:
        where = {"socket": self.sock} if self.sock else {"url": f"http://127.0.0.1:{self.port}"}
        facts = {
            **where,
            "token": self.identity_provider.token,
            "pid": os.getpid(),
            "started": time.time(),
            "version": VERSION,
            "walls": self.rooms is not None,
        }
        path = self.runtime.description
        draft = path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            if self.runtime.is_shared:
                os.fchmod(file.fileno(), 0o640)
            json.dump(facts, file)
        draft.replace(path)


def _open_files() -> dict[str, int]:
    """A limit above what learners can hold.

    Files under way between processes count for their user, and a process whose limit is below that
    count can send none: each kernel may hold a thousand, and the host sends some for each start.
    """
    if sys.platform == "win32":
        return {}
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {"min_open_files_limit": _OPEN_FILES if most < 0 else min(most, _OPEN_FILES)}


def run(runtime: Runtime, tcp: bool) -> None:
    """Serve until a signal ends it."""
    bound = kernel_bound(os.environ, machine_memory())
    rooms = choose_rooms(os.environ, bound, tcp=tcp)
    models = rooms.models if rooms else None
    spec.write_spec(runtime.specs, models)
    register()
    register_walled()
    app = HostApp.instance(config=_config(runtime, tcp))
    app.runtime = runtime
    app.rooms, app.bound = rooms, bound
    app.outlet = _outlet(runtime, rooms)
    app.starter = choose_starter(spec.kernel_environment(models), walls=rooms is not None)
    limits = limits_from(os.environ)
    app.output_rate = rate_from(os.environ)
    app.initialize(argv=[], find_extensions=False)
    app.keeper = Keeper(app.kernel_manager, limits)
    app.turns = Turns(app.kernel_manager, app.starter) if wants_turns(os.environ) else None
    app.start()


def _outlet(runtime: Runtime, rooms: Rooms | None) -> Outlet | None:
    """What lets kernels reach the hosts on the list; they learn of it by a variable."""
    hosts = hosts_from(os.environ)
    os.environ.pop(PLACE, None)
    if hosts is None or rooms is None:
        return None
    outlet = Outlet(hosts, runtime.root / "net")
    os.environ[PLACE] = str(outlet.path)
    rooms.show(outlet.path.parent)
    return outlet


def _config(runtime: Runtime, tcp: bool) -> Config:
    return Config(
        {
            "ServerApp": {**_server(runtime), **_listening(runtime, tcp)},
            "HeaderIdentity": {"token": secrets.token_hex(32)},
            "HostKernels": {
                "kernel_manager_class": f"{HostKernel.__module__}.{HostKernel.__name__}",
                "default_kernel_name": spec.NAME,
                "buffer_offline_messages": False,
                "cull_idle_timeout": 0,
                "transport_encryption": "required" if tcp else "disabled",
            },
            "HostKernel": {
                "autorestart": False,
                "shutdown_wait_time": 2.0,
                "transport": "tcp" if tcp else "ipc",
            },
        }
    )


def _listening(runtime: Runtime, tcp: bool) -> dict[str, Any]:
    if tcp:
        return {"ip": "127.0.0.1", "port": 0}
    return {"sock": str(runtime.socket), "sock_mode": "0660" if runtime.is_shared else "0600"}


def _server(runtime: Runtime) -> dict[str, Any]:
    return {
        "kernel_manager_class": HostKernels,
        "kernel_spec_manager_class": spec.OneSpec,
        "kernel_websocket_connection_class": TapeConnection,
        "identity_provider_class": HeaderIdentity,
        "allow_unauthenticated_access": False,
        "terminals_enabled": False,
        "open_browser": False,
        "port_retries": 0,
        "root_dir": str(runtime.jupyter),
        # No cookie is ever set; a secret in memory keeps Jupyter from writing one to a file.
        "cookie_secret": secrets.token_bytes(32),
        **_open_files(),
        # A learner in a container is root; the socket's folder is what keeps others out.
        "allow_root": True,
        "log_level": "INFO",
        # A broken connection to a process on this machine is told by the system, at once.
        "tornado_settings": {"ws_ping_interval": 0},
    }


def has_sockets() -> bool:
    """Unix sockets that jupyter_server and zmq can use."""
    return sys.platform != "win32"
