// What is shown follows what is.

/**
 * Calls `look` at once, and again `every` milliseconds after each answer, while the page can be seen; after a failure a little later
 * each time. Answers what ends it.
 */
export function follow(every, look) {
  const control = new AbortController();
  let timer;
  let failures = 0;
  let isLooking = false;
  let again = false;

  async function turn() {
    clearTimeout(timer);
    if (control.signal.aborted || document.hidden) return;
    // One look at a time, so that none shows what is older.
    again = isLooking;
    if (isLooking) return;
    isLooking = true;
    try {
      await look(control.signal);
      failures = 0;
    } catch {
      failures += 1;
    }
    isLooking = false;
    const pause = again ? 0 : Math.min(every * 2 ** Math.min(failures, 3), 5_000);
    if (!control.signal.aborted) timer = setTimeout(turn, pause);
  }

  const seen = () => {
    if (!document.hidden) turn();
  };
  document.addEventListener('visibilitychange', seen);
  turn();
  return {
    now: turn,
    stop() {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    },
  };
}
