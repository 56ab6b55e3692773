"""Workbooks that anybody may have made, read by a worker.

What such a file claims of itself decides how much memory and time a reader spends on it, and a
damaged one can end the process that reads it. So it is opened in a worker (`nodes.sandbox`), which
does that to itself only: a reading comes back, or a reason why there is none.

`asking` is this side and the only one to be used from outside, with `limits` and `surveys`;
`reader` is the worker's, with a survey for each format (`openxml`, `opendocument`, `binaries`), and
`commenting` that of the report.
A worker is started for each command, so none of this loads more than it needs.
"""
