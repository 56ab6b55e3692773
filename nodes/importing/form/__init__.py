"""The workbook of the whole model: an empty one to fill in, one with records, and the way back.

`write_form` makes a workbook of records, or of none; `read_form` reads it again, in whatever
language it is and wherever its columns have been moved. What is written and read again unchanged
says nothing new.
"""

from nodes.importing.form.naming import Published
from nodes.importing.form.reading import read_form
from nodes.importing.form.sheets import is_form
from nodes.importing.form.wording import LANGUAGES
from nodes.importing.form.writing import write_form

__all__ = ["LANGUAGES", "Published", "is_form", "read_form", "write_form"]
