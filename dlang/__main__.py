"""`python -m dlang`: the same as `difftool`."""

import sys

from dlang.cli.app import main

sys.exit(main())
