"""What passes between the browser and Streamlit.

So that tests wait for exactly what they asked for and never for time.

The page's own "running" mark comes too late after a click and misses fast runs; the messages do
not.
"""

from __future__ import annotations

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# In the page: how many messages of the newest line have come to the app itself. The browser tells
# of a message before it hands it over.
COUNT_MESSAGES = """
const Line = window.WebSocket;
window.WebSocket = class extends Line {
    constructor(...given) {
        super(...given);
        if (!this.url.includes('/_stcore/stream')) return;
        window.messagesReceived = 0;
        this.addEventListener('message', () => { window.messagesReceived += 1; });
    }
};
"""


class Wire:
    """The script runs of one page.

    When one was last asked for, when one began, when one ended, in the order of messages.
    """

    def __init__(self, page: Page) -> None:
        self.asked = self.began = self.ended = 0
        self.received = 0  # messages on the newest line
        self.runs = 0  # whole scripts that came to their end
        self.fragments = 0  # parts of a page that were redrawn alone
        self._clock = 0
        page.on("websocket", self._listen)

    @property
    def settled(self) -> bool:
        """Whether the last run asked for has begun and ended."""
        return self.asked < self.began < self.ended

    def expect_run(self) -> None:
        """Say that a run is about to be asked for: not settled until it has ended."""
        self._clock += 1
        self.asked = self._clock

    def _listen(self, socket: WebSocket) -> None:
        if "/_stcore/stream" not in socket.url:
            return
        self.received = 0
        self.expect_run()  # a new line begins with one
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: bytes | str) -> None:
        if (
            isinstance(frame, bytes)
            and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script"
        ):
            self.expect_run()

    def _received(self, frame: bytes | str) -> None:
        self.received += 1
        if not isinstance(frame, bytes):
            return
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._clock += 1
            self.began = self._clock
        elif (
            kind == "script_finished"
            and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        ):
            self._clock += 1
            self.ended = self._clock
            self.fragments += (
                message.script_finished
                == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
            )
            self.runs += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
