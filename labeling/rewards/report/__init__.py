"""What a reward model is worth, from what it says of comparisons that it never learned from: pure arithmetic.

Whatever is said of a share has an interval: percentiles of a bootstrap over root prompts, since comparisons that begin
with the same prompt are no two witnesses.
"""
