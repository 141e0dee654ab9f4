"""An account going, coming back, and going for good; and everything held about its owner.

`activation` and `deletion` are for what can be undone, `erasure` for what cannot; `holdings` says
where something about a person is held, and the preview, the erasure and the export read it.
"""
