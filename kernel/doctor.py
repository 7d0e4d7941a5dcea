"""How well kernels are walled in on this machine: `npm run doctor`. See `host/walls/doctor.py`."""

import sys

from host.walls.doctor import main

if __name__ == "__main__":
    sys.exit(main())
