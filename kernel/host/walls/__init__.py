"""Walls around one kernel: it sees its own folder, what the lesson has to read, and nothing else.

`room` says what a kernel may see and use, `bubblewrap` turns that into a command line and
`provisioner` starts a kernel with it; `groups` bounds what all processes of a kernel use together.
`doctor` tries on this machine whether all that holds. `escape` holds programs that try to get out.

The walls are those of bubblewrap and of Linux; nothing here decides anything while a kernel runs.
"""
