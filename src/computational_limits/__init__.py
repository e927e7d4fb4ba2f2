"""What progress in deep learning costs in computing, and how sure anyone can be.

The package reads the project's data tables, fits laws of performance on
computing, projects them to lower errors, and holds published numbers against
the result. Data walks one way: ``tables`` -> ``scaling`` -> ``uncertainty`` ->
``projection`` -> ``claims`` -> ``figures`` -> ``display`` -> the book.

Nothing is imported here, so that a notebook pays only for what it uses.
"""
