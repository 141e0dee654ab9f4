"""The staff site's first page: how many there are, what goes on, whether the machinery runs.

May import any app's selectors and services. Each panel is for who may ask the API for the same
numbers. Whatever takes long to count was counted beforehand; what nobody has counted yet says so.
Start reading in page.py.
"""
