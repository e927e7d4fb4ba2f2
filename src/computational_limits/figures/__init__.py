"""Figures: ``draw_*`` returns a drawing, ``describe_*`` its alternative text from the same numbers."""
