// SPDX-License-Identifier: MIT
//
// wait.mjs -- Waiting for what must come true, never for time to pass.
//
// How long at most is no check of speed: it ends a test that would never end,
// on a machine that is several times slower, too.

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks again and again until ask() answers something truthy; gives it back.
// What ask() throws counts as "not yet", and is told when time is up; only the
// server's own faults (.isFault) are told at once.
export async function until(what, ask, { timeout = 30_000, every = 25 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer)
        return answer;
      last = undefined;
    } catch (error) {
      if (error.isFault)
        throw error;
      last = error;
    }
    if (Date.now() > end)
      throw new Error(`still not so after ${timeout} ms: ${what}` +
        (last ? `: ${last.message}` : ''));
    await pause(every);
  }
}

// A promise that must settle in time.
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)),
      ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
