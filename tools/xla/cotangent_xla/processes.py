"""Several processes that train together, and what happens when one of them ends."""

import os
import sys
import threading
import time

import jax

beat_seconds = 1.0
patience_seconds = 15.0
exit_code = 3


def join(coordinator: str, count: int, process_id: int, cpu: bool) -> None:
    """Connects this process with the others; collectives on the CPU run by gloo."""
    if cpu:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        coordinator,
        num_processes=count,
        process_id=process_id,
        initialization_timeout=120,
        # The watch below is quicker and says more; this is only for the case that it fails itself.
        heartbeat_timeout_seconds=60,
        shutdown_timeout_seconds=20,
    )


class Watch:
    """Tells the others that this process is alive, and ends this process when another one is not."""

    def __init__(self, count: int, process_id: int):
        from jax._src import distributed

        self.client = distributed.global_state.client
        self.count, self.process_id = count, process_id
        self.seen = {i: (-1, time.monotonic()) for i in range(count) if i != process_id}
        self.finished = False
        self.advice = "start all processes again"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        beat = 0
        while not self.finished:
            beat += 1
            try:
                self.client.key_value_set(f"cotangent/alive/{self.process_id}", str(beat), True)
                beats = dict(self.client.key_value_dir_get("cotangent/alive/"))
            except Exception as error:
                if self.finished:
                    return
                self.end(f"process 0, the coordinator, does not answer ({str(error).splitlines()[0][:120]})")
            now = time.monotonic()
            for i, (last, since) in self.seen.items():
                value = beats.get(f"cotangent/alive/{i}")
                if value == "done":
                    self.seen[i] = (value, now)
                elif value is not None and value != last:
                    self.seen[i] = (value, now)
                elif now - since > patience_seconds and not self.finished:
                    self.end(f"process {i} has not been heard of for {patience_seconds:.0f} s")
            time.sleep(beat_seconds)

    def done(self) -> None:
        """The work is over: the silence of the others is no failure any more, nor is that of this process."""
        self.finished = True
        try:
            self.client.key_value_set(f"cotangent/alive/{self.process_id}", "done", True)
        except Exception:
            pass

    def end(self, why: str) -> None:
        """Ends this process at once: what runs on the devices waits for the lost one and cannot be stopped otherwise."""
        print(f"error: process {self.process_id}: {why}; {self.advice}", file=sys.stderr, flush=True)
        os._exit(exit_code)

    def failed(self, error: BaseException) -> None:
        """A collective failed, most likely because another process ended: the watch will know which one."""
        time.sleep(patience_seconds + 3 * beat_seconds)
        self.end(f"a collective operation failed: {str(error).splitlines()[0][:200]}")
