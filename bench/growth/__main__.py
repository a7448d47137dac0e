"""python -m bench.growth: what a machine carries, cells that fill, and a noisy organisation.

Arithmetic alone, from `bench/costs.toml` and the product's own rules: nothing is started.
"""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from bench.growth.run import main

    sys.exit(main())
