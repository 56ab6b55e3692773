"""The Shapes Constraint Language (SHACL Core), as far as our shapes use it.

Shapes are compiled once into functions over terms as canonical text: one record is then judged in
a fraction of a millisecond, without a graph library. A shape that says anything not known here is
refused when it is compiled, never skipped. `vocab.validation` is the only user.
"""
