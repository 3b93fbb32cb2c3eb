"""The results view: a run or a sweep as a figure whose points open networks."""
