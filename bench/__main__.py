"""python -m bench, inside services: `make bench` and `make bench-quick` start them."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from bench.run import main

    sys.exit(main())
