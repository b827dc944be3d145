"""Data: what was read, and what was set aside?"""

from pages.shared import first_screen

first_screen.draw()
