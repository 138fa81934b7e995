"""In-silico studies: lesions whose truth is known, put into procedural heads or into real normal CT.

What may be learned from them is worth evidence level ``in-silico`` and no more. Every number that shapes a
lesion stands in ``parameters.json`` with its citation or the word "assumption".
"""
