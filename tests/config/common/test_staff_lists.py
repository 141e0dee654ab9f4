"""Rows of the staff site's lists: each value says of which column it is."""

from django.utils.safestring import mark_safe

from config.common.staff_lists import labelled


def test_each_cell_has_the_name_of_its_column():
    row = [
        mark_safe('<th class="x"><a href="1/">x</a></th>'),
        mark_safe("<td>3 &lt; 4</td>"),
    ]

    named = labelled(row, [{"text": "title"}, {"text": "a <b>"}])

    assert named == [
        '<th class="x" data-label="Title"><span class="value"><a href="1/">x</a></span></th>',
        '<td data-label="A &lt;b&gt;"><span class="value">3 &lt; 4</span></td>',
    ]
    assert all(hasattr(cell, "__html__") for cell in named)
