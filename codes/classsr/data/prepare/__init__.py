"""From photographs to training and test sets, step by step.

    sources   what sets are made from: photographs, or pairs of GT and LQ
    cut       photographs -> HR and LR sub-images in one of two layouts
    score     sub-images -> how well each can be restored, in dB
    split     scores -> simple, medium, hard

`pipeline` runs the three; `whole` makes sets of whole images; `verify` checks what was made.
"""
