import { clean, toJson, type Context } from 'stemma/console'

import type { Log, LogEntry } from '../gateway/log.ts'

/** Writes entries as JSON, one a line, or for people. */
export function logWriter(context: Context, asJson: boolean): Log {
  return (entry) => {
    const time = new Date(context.now()).toISOString()
    if (asJson) context.stdout(`${toJson({ time, ...entry }, 0)}\n`)
    else if (entry.level === 'error') context.stderr(`${clean(lineOf(time, entry))}\n`)
    else context.stdout(`${clean(lineOf(time, entry))}\n`)
  }
}

function lineOf(time: string, { level, kind, ...fields }: LogEntry): string {
  if (kind === 'listening') {
    const { url, metricsUrl } = fields as { url: string; metricsUrl?: string }
    return `Serving at ${url}: clients of OpenAI use ${url}/v1.${metricsUrl ? ` Metrics: ${metricsUrl}/metrics.` : ''}`
  }
  if (kind === 'stopped') return 'Stopped.'
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  return [time, level, kind, ...words].join(' ')
}
