"""What the picture of a lecture shows: another slide, black, frozen, still. By OpenCV, no model.

Frames go in with their seconds, three a second are enough; `Seen` comes out as soon as it is sure,
within two seconds of what happened. Frame by frame and a whole recording give the same, and the
memory is bounded. Nothing here looks for faces, reads emotions or knows who is in the picture.
What frames alone cannot tell is said as such: a picture that stands still is *frozen* only where
the source was never still before; a slide that stands is just *still*.
"""
