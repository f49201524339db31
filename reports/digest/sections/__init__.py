"""The sections of an issue, a module each: what it reads, what it decides, its values and its phrases.

A section prints by the template of its name in `templates/sections/`.
`reports/digest/digest.py` lists all of them in order.
"""
