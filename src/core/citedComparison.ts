import { isBytes32, parseDigest, type Digest } from './hex.ts'

/** Pairs of layers that were matched: that of the sketch, and that of the suspect. */
export type MatchedLayers = readonly (readonly [number, number])[]

/** A comparison of weights with the sketch of a registered model, as evidence has it: all that somebody needs to repeat it. */
export type CitedComparison = {
  /** SHA-256 model digest of the suspect. */
  weights: Digest
  /** SHA-256 of the sketch. */
  sketch: Digest
  verdict: 'same-weights' | 'not-independent'
  /** The places test; null where it cannot be applied. */
  places: { z: number; p: number; draws: number; layers: MatchedLayers } | null
  /** The pairing test; null where it cannot be applied. */
  pairing: { z: number; anchors: number; placeHits: number; units: number; layers: MatchedLayers } | null
  /** What is equal to the bit, of how much that the sketch lists. */
  exact: { rows: number; listedRows: number; tensors: number; listedTensors: number }
  /** The lines above which the tests count. */
  lines: { placesZ: number; placesP: number; pairingZ: number; equalRows: number; equalTensors: number }
  /** On how many pairs of independent models, of how many bases, the lines were set. */
  calibration: { independentPairs: number; bases: number }
  /** Name and version of the program that compared. */
  program: string
  /** Commands that repeat it; what the reader has under other names is in angle brackets. */
  commands: readonly string[]
}

/** Most layers of a path, and commands. */
const [MOST_LAYERS, MOST_COMMANDS] = [4_096, 16]
const MOST_CHARACTERS = 500

/** Says that a value is not what is expected. */
type Fail = (path: string, expected: string) => never

/** Parses a comparison. `fail` throws for the field at a path that is not what is expected. */
export function parseCitedComparison(value: unknown, path: string, fail: Fail): CitedComparison {
  const { fields, numbers, digest, text } = readersOf(fail)
  const names = ['weights', 'sketch', 'verdict', 'places', 'pairing', 'exact', 'lines', 'calibration', 'program']
  const top = fields(value, path, [...names, 'commands'])
  const { verdict, commands } = top
  if (verdict !== 'same-weights' && verdict !== 'not-independent')
    fail(`${path}.verdict`, '"same-weights" or "not-independent"')
  if (!Array.isArray(commands) || commands.length > MOST_COMMANDS)
    fail(`${path}.commands`, `a list of at most ${MOST_COMMANDS} commands`)
  const tested = <Name extends string>(test: 'places' | 'pairing', of: readonly Name[]) => {
    if (top[test] === null) return null
    const at = `${path}.${test}`
    const { layers, ...figures } = fields(top[test], at, [...of, 'layers'])
    return { ...numbers(figures, at, of), layers: matchedOf(layers, `${at}.layers`, fail) }
  }
  return {
    weights: digest(top.weights, `${path}.weights`),
    sketch: digest(top.sketch, `${path}.sketch`),
    verdict: verdict as CitedComparison['verdict'],
    places: tested('places', ['z', 'p', 'draws']),
    pairing: tested('pairing', ['z', 'anchors', 'placeHits', 'units']),
    exact: numbers(top.exact, `${path}.exact`, ['rows', 'listedRows', 'tensors', 'listedTensors']),
    lines: numbers(top.lines, `${path}.lines`, ['placesZ', 'placesP', 'pairingZ', 'equalRows', 'equalTensors']),
    calibration: numbers(top.calibration, `${path}.calibration`, ['independentPairs', 'bases']),
    program: text(top.program, `${path}.program`),
    commands: (commands as unknown[]).map((each, index) => text(each, `${path}.commands[${index}]`)),
  }
}

function readersOf(fail: Fail) {
  const fields = (value: unknown, path: string, names: readonly string[]): Record<string, unknown> => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject || Object.keys(value).some((name) => !names.includes(name)))
      return fail(path, `an object with the fields ${names.join(', ')}`)
    return value as Record<string, unknown>
  }
  return {
    fields,
    numbers<Name extends string>(value: unknown, path: string, names: readonly Name[]): Record<Name, number> {
      const read = fields(value, path, names)
      for (const name of names) if (!Number.isFinite(read[name])) fail(`${path}.${name}`, 'a number')
      return Object.fromEntries(names.map((name) => [name, read[name]])) as Record<Name, number>
    },
    digest: (value: unknown, path: string): Digest =>
      typeof value === 'string' && isBytes32(value) ? parseDigest(value) : fail(path, '0x and 64 hex digits'),
    text: (value: unknown, path: string): string =>
      typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS
        ? value
        : fail(path, `a text of at most ${MOST_CHARACTERS} characters`),
  }
}

function matchedOf(value: unknown, path: string, fail: Fail): MatchedLayers {
  const isLayer = (layer: unknown): boolean => Number.isSafeInteger(layer) && (layer as number) >= 0
  const isMatch = (match: unknown): boolean => Array.isArray(match) && match.length === 2 && match.every(isLayer)
  if (!Array.isArray(value) || value.length > MOST_LAYERS || !value.every(isMatch))
    return fail(path, `a list of at most ${MOST_LAYERS} pairs of layers`)
  return value as MatchedLayers
}
