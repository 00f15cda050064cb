/**
 * One contender of the benchmark in a process of its own, so that its memory is its own. Prints one line of JSON.
 * Usage: node bench/index/run.ts <ours|floor> <database> <file with { url, deployment }>
 */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

import type { Deployment } from '../../src/core/deployment.ts'
import { eventDecoders, type AbiEntry } from '../../src/indexer/decode.ts'
import { ledgerAbi } from '../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import { indexLedger } from '../../src/indexer/indexLedger.ts'
import { createRpc } from '../../src/indexer/rpc.ts'

const [contender, database, file] = process.argv.slice(2) as [string, string, string]
const { url, deployment } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; deployment: Deployment }
const began = performance.now()
const memory: number[] = []
const events = contender === 'floor' ? await floor() : await ours()
const seconds = (performance.now() - began) / 1000
const cpu = process.cpuUsage()
const cpuSeconds = (cpu.user + cpu.system) / 1e6
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(JSON.stringify({ events, seconds, rate: Math.round(events / seconds), cpuSeconds, peakMiB, memory }))

/** Our indexer, from nothing to the head, its indexes included. */
async function ours(): Promise<number> {
  let total = 0
  let next = 0
  await indexLedger({
    deployment,
    database,
    rpc: { url },
    once: true,
    report: (report) => {
      if (report.kind !== 'batch') return
      total = report.total
      // Memory at every tenth of the way, to see whether it grows with the chain.
      if (report.checkpoint.block < (report.checkpoint.head * next) / 10) return
      next += 1
      memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20))
    },
  })
  return total
}

/**
 * What no indexer of these events can go far below: one request after the other for their logs, decoded, and put into two
 * tables without an index, in one transaction a request. Nothing is checked, linked, or kept for a reorganisation.
 */
async function floor(): Promise<number> {
  const rpc = createRpc({ url })
  const table = new DatabaseSync(database)
  table.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  table.exec(
    'CREATE TABLE models (id BLOB, publisher BLOB, weights BLOB, datasets BLOB, method BLOB, terms BLOB, parents TEXT, uri TEXT)',
  )
  table.exec(
    'CREATE TABLE credentials (id BLOB, model BLOB, holder BLOB, tier BLOB, publisher BLOB, valid_from INT, valid_until INT)',
  )
  const decoders = new Map(
    [...eventDecoders(ledgerAbi as readonly AbiEntry[]), ...eventDecoders(licenseCredentialAbi as readonly AbiEntry[])]
      .filter(({ name }) => name === 'ModelRegistered' || name === 'CredentialIssued')
      .map((decoder) => [decoder.topic as string, decoder]),
  )
  const models = table.prepare('INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const credentials = table.prepare('INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?)')
  const head = Number(await rpc.call({ method: 'eth_blockNumber', params: [] }))
  const { ledger, licenseCredential } = deployment.contracts
  let count = 0
  for (let from = 0; from <= head; from += 8) {
    const filter = {
      address: [ledger, licenseCredential],
      topics: [[...decoders.keys()]],
      fromBlock: `0x${from.toString(16)}`,
      toBlock: `0x${Math.min(head, from + 7).toString(16)}`,
    }
    const logs = (await rpc.call({ method: 'eth_getLogs', params: [filter] })) as {
      topics: `0x${string}`[]
      data: `0x${string}`
    }[]
    table.exec('BEGIN')
    for (const log of logs) {
      const { name, decode } = decoders.get(log.topics[0]!)!
      const args = decode(log) as Record<string, string>
      const bytes = (key: string): Uint8Array => Buffer.from(args[key]!.slice(2), 'hex')
      if (name === 'ModelRegistered') {
        const parents = JSON.stringify(args.parents)
        models.run(
          bytes('model'),
          bytes('publisher'),
          bytes('weights'),
          bytes('datasets'),
          bytes('method'),
          bytes('terms'),
          parents,
          Buffer.from(args.uri!).toString(),
        )
      } else {
        credentials.run(
          bytes('credential'),
          bytes('model'),
          bytes('holder'),
          bytes('tier'),
          bytes('publisher'),
          args.validFrom!,
          args.validUntil!,
        )
      }
    }
    table.exec('COMMIT')
    count += logs.length
  }
  table.close()
  return count
}
