"""Executes notebooks in their kernels: execute.py FOLDER NOTEBOOK... writes each one, with its outputs, to the folder."""

import asyncio
import sys
from pathlib import Path
from queue import Empty

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError
from nbclient.util import ensure_async

SILENCE = 0.2  # seconds


class Client(NotebookClient):
    """Deno's kernel sends some results after it said that it is idle: reads on until there is silence."""

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
        while True:
            try:
                message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=SILENCE))
            except Empty:
                return
            if message["parent_header"].get("msg_id") == parent_msg_id:
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    pass


def main() -> int:
    folder, *paths = sys.argv[1:]
    failed = False
    for path in map(Path, paths):
        notebook = nbformat.read(path, as_version=4)
        client = Client(
            notebook,
            timeout=300,
            kernel_name="deno",
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            failed = True
            continue
        nbformat.write(notebook, Path(folder) / path.name)
    return 1 if failed else 0


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    sys.exit(main())
