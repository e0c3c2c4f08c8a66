// What is shown follows what is.
import { isLive, watch } from './events.js';

/** Milliseconds between two looks while what comes is told: what is no event is seen then. */
const seldom = 4_000;
/** Between two looks that events ask for. */
const breath = 1_000;

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
  let last = -Infinity;

  async function turn() {
    clearTimeout(timer);
    if (control.signal.aborted || document.hidden) return;
    // One look at a time, so that none shows what is older.
    again = isLooking;
    if (isLooking) return;
    isLooking = true;
    last = performance.now();
    try {
      await look(control.signal);
      failures = 0;
    } catch {
      failures += 1;
    }
    isLooking = false;
    const usual = isLive() && !failures ? Math.max(every, seldom) : every;
    const pause = again ? 0 : Math.min(usual * 2 ** Math.min(failures, 3), 5_000);
    if (!control.signal.aborted) timer = setTimeout(turn, pause);
  }

  const seen = () => {
    if (!document.hidden) turn();
  };
  document.addEventListener('visibilitychange', seen);
  // Many may come at once: one look shows them all.
  const unwatch = watch(() => {
    clearTimeout(timer);
    if (!control.signal.aborted) timer = setTimeout(turn, Math.max(0, last + breath - performance.now()));
  });
  turn();
  return {
    now: turn,
    stop() {
      control.abort();
      unwatch();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    },
  };
}
