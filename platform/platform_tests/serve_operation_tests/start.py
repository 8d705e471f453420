"""Start the misbehaving service: home, workers, seconds for headers and until stuck, which application."""

import sys
from pathlib import Path

from .service import main

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
