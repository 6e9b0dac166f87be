"""Several processes that train together, and what happens when one of them ends."""

import os
import subprocess
import sys
import threading
import time

import jax

beat_seconds = 1.0
patience_seconds = 15.0
exit_code = 3
# Process 0 holds the connections of all: it ends last, so that the others can say why they end.
coordinator_delay_seconds = 5.0


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


class Witness:
    """Says what happened if this process ends without a word: JAX aborts it when it loses process 0."""

    code = "import sys; sys.stdin.buffer.read() or print(sys.argv[1], file=sys.stderr)"

    def __init__(self, message: str):
        command = [sys.executable, "-c", self.code, message]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    def dismiss(self) -> None:
        try:
            self.process.stdin.write(b".")
            self.process.stdin.close()
        except OSError:
            pass


class Watch:
    """Tells the others that this process is alive, and ends this process when another one is not."""

    def __init__(self, count: int, process_id: int, advice: str):
        from jax._src import distributed

        self.client = distributed.global_state.client
        self.count, self.process_id = count, process_id
        self.seen = {i: (-1, time.monotonic()) for i in range(count) if i != process_id}
        self.finished = False
        self.advice = advice
        self.witness = Witness(
            f"error: process {process_id}: ended before its work was done, most likely because process 0 ended; {advice}"
        )
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
        self.witness.dismiss()

    def end(self, why: str, advise: bool = True) -> None:
        """Ends this process at once: what runs on the devices waits for the lost one and cannot be stopped otherwise."""
        advice = f"; {self.advice}" if advise else ""
        print(f"error: process {self.process_id}: {why}{advice}", file=sys.stderr, flush=True)
        self.witness.dismiss()
        if self.process_id == 0:
            time.sleep(coordinator_delay_seconds)
        os._exit(exit_code)

    def failed(self, error: BaseException) -> None:
        """A collective failed, most likely because another process ended: the watch will know which one."""
        time.sleep(patience_seconds + 3 * beat_seconds)
        self.end(f"a collective operation failed: {str(error).splitlines()[0][:200]}")
