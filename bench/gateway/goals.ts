import type { Durability } from './durability.ts'
import type { Lateness, LoadFigures } from './load.ts'

/** The medians of a contender: by 1, 50 and 200 connections, and by 1 and 20 paced streams. */
export type ContenderFigures = {
  name: string
  json: LoadFigures[]
  streams: LoadFigures[]
  lateness: Lateness[]
}

/** A goal of the gateway and how it was met. */
export type Goal = { goal: string; figure: number; limit: string; isMet: boolean }

/** The goals, by what was measured in one run; those against Portkey only where it took part. */
export function goalsOf(figures: readonly ContenderFigures[], durability: Durability, sync: number): Goal[] {
  const named = (start: string): ContenderFigures | undefined => figures.find(({ name }) => name.startsWith(start))
  const [ours, plain, portkey] = [named('ours')!, named('plain')!, named('Portkey')]
  const atMost = (goal: string, figure: number, most: number): Goal => ({
    goal,
    figure,
    limit: `at most ${most.toFixed(2)}`,
    isMet: figure <= most,
  })
  const atLeast = (goal: string, figure: number, least: number): Goal => ({
    goal,
    figure,
    limit: `at least ${least.toFixed(2)}`,
    isMet: figure >= least,
  })
  const [json, stream, lone, many] = [ours.json[1]!, ours.streams[1]!, ours.json[0]!, ours.streams[2]!]
  const [plainJson, plainStream] = [plain.json[1]!, plain.streams[1]!]
  return [
    atMost('JSON, 50 connections: processor of plain', json.processor / plainJson.processor, 1.5),
    atLeast('JSON, 50 connections: calls/s of plain', json.callsPerSecond / plainJson.callsPerSecond, 0.7),
    ...(portkey
      ? [
          atMost('JSON, 50 connections: processor of Portkey', json.processor / portkey.json[1]!.processor, 0.2),
          atLeast('JSON, 50 connections: calls/s of Portkey', json.callsPerSecond / portkey.json[1]!.callsPerSecond, 5),
          atMost('SSE, 50 connections: processor of Portkey', stream.processor / portkey.streams[1]!.processor, 0.35),
        ]
      : []),
    atMost('SSE, 50 connections: processor of plain', stream.processor / plainStream.processor, 1.25),
    atMost('JSON, 1 connection: p50 over plain, ms', lone.p50 - plain.json[0]!.p50, 2 * sync + 0.3),
    ...ours.lateness.map(({ p50 }, place) =>
      atMost(
        `lateness of a chunk at ${place === 0 ? 1 : 20} streams: p50 of plain`,
        p50 / plain.lateness[place]!.p50,
        1.2,
      ),
    ),
    atLeast('records/s, 50 writers: of bare group commit', durability.ours / durability.bare, 0.6),
    atMost('memory at 200 streams, MB', many.memory, 180),
  ]
}
