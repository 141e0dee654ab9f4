"""The documentation site: `pages.py` lists what there is, `reference.py` reads the schema.

Whatever tells of the API is made from the OpenAPI schema, and settings from `.env.example`, so
that neither can drift from the program.
"""
