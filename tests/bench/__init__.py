"""The benchmark: the portal's work as ratios against the stock admin and a bare page.

Everything is measured in one run on one machine, in turns, so that only the ratios count.
"""
