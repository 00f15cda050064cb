/**
 * The report on the ledger's gas: targets, committed figures, and the table.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The gas of an operation, and its floor. */
export type Row = { gas: number; floor: number; ratio: number }

/** The storage words that an operation must touch, by content. */
export type Words = { new?: readonly string[]; over?: readonly string[]; read?: readonly string[] }

/** A target: the highest ratio to the floor, or the most gas. */
type Target = { ratio?: number; gas?: number }

const SNAPSHOT = join(import.meta.dirname, 'snapshots/gas.json')

// docs/gas.md says where each target comes from, and why some were moved.
const TARGETS: Record<string, Target> = {
  'register root': { ratio: 1.06, gas: 64_500 },
  'register 1 parent': { ratio: 1.08, gas: 93_000 },
  'register 3 parents': { ratio: 1.1 },
  'register by signature': { gas: 100_000 },
  'register 1 of 30': { gas: 64_500 },
  'anchor batch, a model': { gas: 10 },
  materialize: { ratio: 1.17 },
  'publish terms': { ratio: 1.11 },
  'offer tier': { ratio: 1.1 },
  grant: { ratio: 1.08 },
  'accept offer': { ratio: 1.15 },
  renew: { gas: 44_000 },
  revoke: { gas: 36_500 },
  'file claim': { ratio: 1.15 },
  'disclose evidence': { ratio: 1.1 },
  'contest claim': { ratio: 1.25 },
  'rule on claim': { gas: 125_000 },
  'acknowledge claim': { gas: 117_000 },
  'withdraw claim': { ratio: 1.05 },
  'withdraw deposit': { ratio: 1.1 },
  'attest parent': { ratio: 1.16 },
  'countersign parent': { ratio: 1.31 },
  'anchor first checkpoint': { ratio: 1.15 },
  'anchor checkpoint': { ratio: 1.2 },
  'prove record': { gas: 25_000 },
  'prove consistency': { gas: 25_000 },
  'request review': { ratio: 1.18 },
  'attest scan': { ratio: 1.15 },
  'attest scan by signature': { ratio: 1.25 },
  clear: { gas: 140_000 },
  quarantine: { gas: 55_000 },
  certify: { ratio: 1.35 },
  'check load': { gas: 131_000 },
  'is scanned': { gas: 25_000 },
  'read credential': { gas: 6_856 },
  'read status': { gas: 5_727 },
}

const NOTES: Record<string, string> = {
  'register by signature': 'one parent; sent by another account; the key recovery (3,000) is not in the floor',
  'register 1 of 30': 'a thirtieth of one transaction of 30 children of the same parent',
  'anchor batch': 'of 10,000 registrations',
  'anchor batch, a model': 'a ten-thousandth of it',
  materialize:
    'one parent, out of a batch of 10,000; sent by another account; the 14 hashes of the proof are not in the floor',
  'anchor first checkpoint': 'of a usage log',
  'anchor checkpoint': 'of a log that has one',
  'prove record':
    'at 1,000,000 records, called by another contract; the 20 hashes of SHA-256 and the calldata are not in the floor',
  'prove consistency':
    'of 1,000,000 records with 999,999, called by another contract; the hashes and the calldata are not in the floor',
  'publish terms': 'one threshold; not the first terms of the ledger',
  'offer tier': 'the first tier of the model',
  grant: 'the first credential of the holder',
  'accept offer': 'the first credential of the holder; the key recovery (3,000) is not in the floor',
  'file claim': 'about a model without attested parents',
  'acknowledge claim': "the model's first attested parent, the account's first deposit",
  'rule on claim':
    "upheld: the model's first attested parent, the account's first deposit; the only accepted claim, whose count falls to zero, which refunds 4,800",
  'withdraw claim': "the account's first deposit",
  'withdraw deposit': 'the refund of 4,800 for the word that falls to zero is not in the floor',
  'attest parent': "the model's first attested parent",
  'countersign parent': 'of an attested edge',
  'read credential': 'isValid, called by another contract; the gas of its STATICCALL',
  'read status': 'publisherAndStatusOf, called by another contract; the gas of its STATICCALL',
  'request review': 'a registered model with one parent',
  'attest scan': 'the first of these weights',
  'attest scan by signature': 'the second of these weights; the key recovery (3,000) is not in the floor',
  clear: 'two scans',
  quarantine: 'one scan',
  'check load': 'cleared, one parent, called by another contract; the gas of its STATICCALL, the lens within it',
  'is scanned': 'certified, called by another contract; the gas of its STATICCALL',
}

/** Overwrites the committed figures. */
export function updateSnapshot(rows: Record<string, Row>): void {
  writeFileSync(SNAPSHOT, `${JSON.stringify(rows, null, 2)}\n`)
}

/** Compares with the committed figures, and returns the differences. */
export function checkSnapshot(actual: Record<string, Row>): void {
  const expected = JSON.parse(readFileSync(SNAPSHOT, 'utf8')) as Record<string, Row>
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
  const different = names.filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(actual[name]))
  for (const name of different) {
    console.log(`${name}: was ${JSON.stringify(expected[name])}, is ${JSON.stringify(actual[name])}`)
  }
  if (different.length === 0) console.log(`The gas of ${names.length} operations is that of the snapshot.`)
  else {
    console.log('Look whether that is meant; then npm run bench:gas -- --update, and commit bench/snapshots/gas.json.')
    process.exitCode = 1
  }
}

/** Prints the figures with floors, targets and those of the next hardfork (or the reason why they are missing), and what each floor counts. */
export function printGas(
  { rows, words }: { rows: Record<string, Row>; words: Record<string, Words> },
  hardfork: string,
  next: Record<string, Row> | string,
): void {
  const lines = Object.entries(rows).map(([name, { gas, floor, ratio }]) => {
    const target = TARGETS[name]
    const met = target && gas <= (target.gas ?? Infinity) && gas <= (target.ratio ?? Infinity) * floor
    return [
      name,
      number(gas),
      number(floor),
      ratio.toFixed(3),
      typeof next === 'string' ? '-' : number(next[name]!.gas),
      target ? [target.gas && number(target.gas), target.ratio && `${target.ratio} x`].filter(Boolean).join(', ') : '',
      met === undefined ? '' : met ? 'met' : 'MISSED',
    ]
  })
  printTable(['operation', 'osaka', 'floor', 'ratio', hardfork, 'target', ''], lines)
  if (typeof next === 'string') console.log(`\n${hardfork}: not available here (${next}).`)
  else
    console.log(
      `\n${hardfork}: as Hardhat's node prices it before it is final; the floor and the targets are of osaka.`,
    )

  console.log('\nWhat each floor counts beside the transaction, its calldata and its logs:')
  for (const [name, counted] of Object.entries(words)) {
    const kinds = [
      ['new', counted.new],
      ['written over', counted.over],
      ['read', counted.read],
    ] as const
    const said = kinds.flatMap(([kind, list]) => (list?.length ? [`${kind}: ${summary(list)}`] : []))
    console.log(`  ${name}. ${said.join('; ')}.${NOTES[name] ? ` Measured: ${NOTES[name]}.` : ''}`)
  }
}

/** Names, each once, with its count. */
function summary(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names.map((each) => each.replace(/parent \d+/, 'a parent'))) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} x ${name}`)).join(', ')
}

function printTable(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...lines].map((line) => line[column]!.length), title.length),
  )
  for (const line of [head, ...lines]) {
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
    console.log(cells.join('  ').trimEnd())
  }
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
