"""``python -m thrombectomy_models``."""

from .cli import main

raise SystemExit(main())
