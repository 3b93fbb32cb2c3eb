"""Figures: data in, figure out, one figure per file.

Every figure module prepares its numbers once and draws them twice: `draw_mpl` for papers
(Matplotlib) and `draw_bokeh` for pages (Bokeh), so that both show the same thing.
"""
