"""One file per verb: objects in, files out; the command line and Python share them.

The only room where a reward (which knows groups) becomes the opaque score that the rewriter gets.
"""
