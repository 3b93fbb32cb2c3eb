"""The same measures from batches, in memory that does not grow with the samples."""
