import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { Suspect } from './models.ts'

/** What a run makes. */
export type Recipe = {
  /** Folder of the models. */
  work: string
  seed: number
  /** Steps of training of each base. */
  steps: number
  /** Pairs of bases with the same text and shape. */
  pairs: number
}

const PYTHON = '/usr/bin/python3'
const ROOT = join(import.meta.dirname, '../..')
/** Processes at once, of one thread each. */
const PROCESSES = 2
/** Bases with the initial weights of another, and that base. */
const TWINS: Readonly<Record<string, string>> = { t0a: 'b0a', t3a: 'b3a' }

/** Why the recipe cannot run here, with the remedy; null when it can. */
export function missingForRecipe(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import torch, numpy'])
  return status === 0
    ? null
    : `${PYTHON} with torch is needed to train the models: apt-get install python3-torch, and libopenblas0-pthread, with which it takes a sixth of the time.`
}

/** The seed of the run that a folder has; null for one without. */
export function seedOf(work: string): number | null {
  const file = join(work, 'seed.json')
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null
}

/** Whether all models of a run are there. */
export function areModelsMade({ work, pairs }: Recipe): boolean {
  return (
    existsSync(join(work, 'families.json')) && suspectsOf(work, pairs).every(({ name }) => existsSync(join(work, name)))
  )
}

/** Trains the bases, and makes what derives from them. What is there stays. */
export async function makeModels(recipe: Recipe): Promise<void> {
  await inParts((part) => [PYTHON, script('bases.py'), ...optionsOf(recipe, part)])
  for (const only of ['trained', 'changed'])
    await inParts((part) => [PYTHON, script('families.py'), ...optionsOf(recipe, part), '--only', only])
}

/** Compares all models with all bases, in as many processes. */
export async function scoreModels({ work, pairs }: Recipe): Promise<void> {
  await inParts((part) => [
    process.execPath,
    '--conditions=source',
    join(import.meta.dirname, 'scorePart.ts'),
    work,
    String(pairs),
    part,
  ])
}

/** The names of the bases: those of pairs, and twins. */
export function baseNames(pairs: number): { bases: string[]; twins: string[] } {
  const bases = Array.from({ length: pairs }, (_, pair) => [`b${pair}a`, `b${pair}b`]).flat()
  return { bases, twins: Object.keys(TWINS).filter((twin) => bases.includes(TWINS[twin]!)) }
}

/** All suspects of a run: bases, twins, and what was made of bases. */
export function suspectsOf(work: string, pairs: number): Suspect[] {
  const { bases, twins } = baseNames(pairs)
  const families = JSON.parse(readFileSync(join(work, 'families.json'), 'utf8')) as Suspect[]
  const twinsOf = (names: readonly string[]) => twins.filter((twin) => names.includes(TWINS[twin]!))
  return [
    ...bases.map((name) => ({ name, kind: 'base', parents: [], apart: twinsOf([name]) })),
    ...twins.map((name) => ({ name, kind: 'same initial weights', parents: [], apart: [TWINS[name]!] })),
    ...families.map(({ name, kind, parents, apart }) => ({
      name,
      kind,
      parents,
      apart: [...apart, ...twinsOf([...parents, ...apart])],
    })),
  ]
}

/** When the first base was made, and the last commits of the tests and of their lines. How files are read is not part of a test. */
export function orderOf({ work }: Recipe): { tests: string; lines: string; firstBase: string } {
  const commit = (...paths: string[]) =>
    spawnSync('git', ['log', '-1', '--format=%h %cI', '--', ...paths], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  return {
    tests: commit('src/fingerprint', ':(exclude)src/fingerprint/readers', ':(exclude)src/fingerprint/index.ts'),
    lines: commit('src/fingerprint/lines.ts'),
    firstBase: statSync(join(work, 'b0a/model.safetensors')).mtime.toISOString(),
  }
}

function script(name: string): string {
  return join(import.meta.dirname, name)
}

function optionsOf({ work, seed, steps, pairs }: Recipe, part: string): string[] {
  return ['--work', work, '--seed', String(seed), '--steps', String(steps), '--pairs', String(pairs), '--part', part]
}

/** Runs a program in as many processes, each with its share; what they print goes to stderr. */
async function inParts(commandOf: (part: string) => string[]): Promise<void> {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
  const codes = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, index) => {
      const [program, ...args] = commandOf(`${index}/${PROCESSES}`)
      const child = spawn(program!, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] })
      const [code] = (await once(child, 'close')) as [number | null]
      return code
    }),
  )
  if (codes.some((code) => code !== 0)) throw new Error('A part of the run failed. Run it again with --resume.')
}
