"""What chance alone would show: permuted labels, rotated bases, shuffled weights, thrown balls."""
