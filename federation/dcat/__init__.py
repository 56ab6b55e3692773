"""Catalogues of data (DCAT) and files with records: what is there is observed, and told by us.

They have no events. So the whole of what they hold is compared with what they held before, and the
difference becomes members that this node signs, each naming the source that it was observed at
(docs/decisions/0013-observed-members.md).
"""
