"""Walls around one kernel: it sees its own folder, what the lesson has to read, and nothing else.

`rooms` decides for the whole host, `room` says what one kernel may see and use, and `bubblewrap`
turns that into a command line. `sandbox` puts up a room for a forked kernel, which gets in by
`joining`; `proof` looks whether it is in. `process` is a kernel that bubblewrap started itself.
`groups` bounds what all processes of a kernel use together. `doctor` tries on this machine whether
all that holds. `escape` holds programs that try to get out.

The walls are those of bubblewrap and of Linux; nothing here decides anything while a kernel runs.
"""
