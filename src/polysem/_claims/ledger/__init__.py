"""One file per claim; each defines `CLAIM`. A new file here is a new claim, nothing else to do."""
