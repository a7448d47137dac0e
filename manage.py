#!/usr/bin/env python3
"""Flotilla's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.embedded import EmbeddedError, use_running_services
    from config.env import ConfigurationError

    try:
        if sys.argv[1:2] != ["demo"]:
            use_running_services()
        execute_from_command_line(sys.argv)
    except (ConfigurationError, EmbeddedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
