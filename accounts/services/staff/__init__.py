"""What staff do to one account, one file a story.

Each begins in `target.held`: admin lock first, then the person's row, then whatever is theirs.
"""
