"""A terminal's screen in memory: what a person would see of the text that was written."""

import pyte


class Terminal:
    """A text stream to a screen of so many columns and rows; what has scrolled away is kept."""

    def __init__(self, columns=80, rows=24, encoding="utf-8"):
        self.encoding = encoding
        self.written = []
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.001)
        self.screen.set_mode(pyte.modes.LNM)  # a line feed returns to the first column, as of a program's own output
        self._stream = pyte.Stream(self.screen)

    def write(self, text):
        text.encode(self.encoding)
        self.written.append(text)
        self._stream.feed(text)

    def flush(self):
        pass

    def fileno(self):
        raise OSError("it is no file")

    @property
    def lines(self):
        """What is on the screen, without the blank lines at its end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    @property
    def everything(self):
        """What has scrolled away, and what is on the screen."""
        above = ["".join(row[at].data for at in range(self.screen.columns)).rstrip() for row in self.screen.history.top]
        return [*above, *self.lines]
