#!/usr/bin/env python
"""Django's command line for this program."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.chosen")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        # A setting that is missing or wrong, and which: that is all there is to know.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(fault))
