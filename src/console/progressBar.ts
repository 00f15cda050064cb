import cliProgress from 'cli-progress'

/** How far a model is hashed. */
export type HashingProgress = {
  /** Bytes done, those taken from a cache included. */
  bytes: number
  totalBytes: number
  /** Files done. */
  files: number
  totalFiles: number
  /** Bytes that did not have to be read again. */
  cachedBytes: number
}

/** A line that shows how far a model is hashed. */
export type ProgressBar = {
  /** Shows how far the hashing is. */
  update(progress: HashingProgress): void
  /** Ends the line, so that what is printed next stands below it. Must be called, after an error too. */
  stop(): void
}

/** A place to write to, such as `process.stderr`. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean }

/**
 * A progress bar for `modelDigest`. It writes to a terminal only: to a pipe or a file it writes nothing.
 *
 * @example
 * const bar = createProgressBar(process.stderr)
 * try {
 *   await modelDigest(folder, { onProgress: bar.update })
 * } finally {
 *   bar.stop()
 * }
 */
export function createProgressBar(stream: ProgressStream): ProgressBar {
  if (stream.isTTY !== true) return { update: () => {}, stop: () => {} }
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {percentage}% | {done} of {total_bytes} | {files}/{total_files} files | {speed}/s',
    hideCursor: true,
    clearOnComplete: false,
    etaAsynchronousUpdate: false,
    fps: 10,
  })
  let startedAt: number | undefined
  return {
    update: (progress) => {
      const now = performance.now()
      const payload = payloadOf(progress, now - (startedAt ?? now))
      if (startedAt === undefined) {
        startedAt = now
        bar.start(progress.totalBytes, progress.bytes, payload)
      } else {
        bar.update(progress.bytes, payload)
      }
    },
    stop: () => {
      if (startedAt !== undefined) bar.stop()
    },
  }
}

function payloadOf({ bytes, totalBytes, files, totalFiles, cachedBytes }: HashingProgress, elapsedMs: number) {
  const speed = elapsedMs > 0 ? ((bytes - cachedBytes) * 1000) / elapsedMs : 0
  return {
    done: formatBytes(bytes),
    total_bytes: formatBytes(totalBytes),
    files,
    total_files: totalFiles,
    speed: formatBytes(speed),
  }
}

/** A number of bytes for people: `0 B`, `999 B`, `1.0 kB`, `2.1 GB`. Units are powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  // 999.95 would be shown as 1000.0.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(1)} ${units[unit]}`
}
