"""Reading arrays from disk, one thread at a time.

NumPy has Python parse the header of every file, and two threads that parse at once can fail with
"AST constructor recursion depth mismatch" on Python 3.11 (CPython issue 106905).
"""

import threading

one_reader = threading.RLock()
