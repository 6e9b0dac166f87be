/** Why a file has lines that no test runs where coverage can see it. */
export const reasons: Readonly<Record<string, string>> = {
  "core/backends/cpu/worker.ts":
    "its functions run in workers, as source text, where nothing counts lines; tests/core/backends/threads_test.ts runs them",
};
