"""For workers whose runs make room after every page, in tests that cannot wait for a short turn."""

from integrations.actions import pages

pages.SHORT_TURN_SECONDS = 0.0
