"""Invented people with a past, for looking around: `manage.py demo`. Development alone installs it.

May import whatever a door of accounts may. Start reading in filling.py; people.py says who there
is, lives.py what they do, staff.py what is done to them, story.py how it becomes rows.
"""
