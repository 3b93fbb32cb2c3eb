"""The door: arrays and files checked once; what cannot be assessed is named, never dropped."""
