/**
 * Waiting that a signal ends, and that leaves no timer and no listener behind. No I/O.
 */

/**
 * Waits for work, but not beyond the signal: what is waited for may know of none, or not heed it.
 *
 * @throws whatever the work throws; something of no meaning when the signal came first, or had come before.
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  let end = () => {}
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(new Error('aborted'))
  })
  signal?.addEventListener('abort', end)
  try {
    // An event that is over does not come again.
    if (signal?.aborted) end()
    return await Promise.race(signal?.aborted ? [ended] : [ended, work()])
  } finally {
    signal?.removeEventListener('abort', end)
  }
}

/** Waits for a time, or for the signal: whoever cares looks which of them it was. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = () =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    })
  await untilAborted(signal, elapsed).catch(() => undefined)
  clearTimeout(timer)
}
