import { expect } from 'chai'

import { CLAIM_STATES } from '../../src/core/claim.ts'
import { CREDENTIAL_STATES } from '../../src/core/lineage.ts'
import type { Database, Row } from '../../src/indexer/database.ts'
import { createStore, openDatabase } from '../../src/indexer/openDatabase.ts'
import { TABLE_NAMES } from '../../src/indexer/schema.ts'
import { Random } from '../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { KINDS } from './stores.ts'
import { indexOnce } from './world.ts'

/** What no transaction of the chain's brings: a materialization needs a proof, and a pause would stop everything. */
const EMPTY = ['materializations', 'pauses']

describe('indexer: what the database says of the ledger', function () {
  this.timeout(300_000)
  let chain: Chain
  let database: Database

  before(async function () {
    chain = await startChain()
    await chain.live(new Random(2026), 300, 8)
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store)
    await store.close()
    database = openDatabase(where)
  })

  after(() => database.close())

  const hex = (value: Row[string] | undefined): string => `0x${Buffer.from(value as Uint8Array).toString('hex')}`
  const all = (sql: string, ...parameters: number[]): Promise<Row[]> => database.all(sql, parameters)

  it('has rows in every table that events of the chain fill', async function () {
    for (const table of TABLE_NAMES) {
      const [row] = await all(`SELECT count(*) AS count FROM ${table}`)
      expect((row!.count as number) > 0, table).to.equal(!EMPTY.includes(table))
    }
  })

  it('has every model as the contract has it', async function () {
    const { ethers } = chain.connection
    const ledger = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    const models = await all(
      'SELECT m.*, p.address, b.time, t.id AS terms_id FROM models m JOIN accounts p ON p.n = m.publisher JOIN blocks b ON b.number = m.block LEFT JOIN terms t ON t.n = m.terms ORDER BY m.n',
    )
    expect(models.length).to.be.greaterThan(100)
    for (const row of models) {
      const model = await ledger.modelOf(hex(row.id))
      const [status] = await all(
        'SELECT status FROM model_statuses WHERE model = $1 ORDER BY block DESC, log DESC LIMIT 1',
        row.n as number,
      )
      const parents = await all(
        'SELECT p.id, e.relation FROM edges e JOIN models p ON p.n = e.parent WHERE e.child = $1 AND e.position >= 0 ORDER BY e.position',
        row.n as number,
      )
      expect({
        publisher: hex(row.address),
        time: row.time,
        status: status?.status ?? 0,
        terms: row.terms_id === null ? `0x${'0'.repeat(64)}` : hex(row.terms_id),
        parents: parents.map(({ id, relation }) => [hex(id), relation]),
      }).to.deep.equal({
        publisher: model.publisher.toLowerCase(),
        time: Number(model.registeredAt),
        status: Number(model.status),
        terms: model.terms,
        parents: model.parents.map((parent) => [parent.model, Number(parent.relation)]),
      })
    }
  })

  it('has every credential as the contract has it, at its block too', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LicenseCredential', chain.deployment.contracts.licenseCredential)
    const credentials = await all('SELECT * FROM credentials')
    expect(credentials.length).to.be.greaterThan(20)
    let states = 0
    for (const issued of credentials) {
      const rows = await all(
        'SELECT * FROM credential_states WHERE credential = $1 ORDER BY block, log',
        issued.n as number,
      )
      states += rows.length
      const first: Row = { ...issued, state: CREDENTIAL_STATES.indexOf('active'), gap_from: 0, gap_until: 0 }
      const history = [first, ...rows]
      for (const [index, row] of history.entries()) {
        // Of several changes in one block the contract knows the last.
        if (history[index + 1]?.block === row.block) continue
        const kept = await contract.credentialOf(hex(issued.id), { blockTag: row.block as number })
        expect([row.valid_from, row.valid_until, row.gap_from, row.gap_until, row.state]).to.deep.equal(
          [kept.validFrom, kept.validUntil, kept.gapFrom, kept.gapUntil, kept.state].map(Number),
        )
      }
    }
    expect(states).to.be.greaterThan(20)
  })

  it('has the terms as an evaluation reads them, sets too', async function () {
    const { ethers } = chain.connection
    const ledger = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    const sets = await all('SELECT * FROM terms WHERE name IS NULL')
    expect(sets.length).to.be.greaterThan(3)
    for (const row of await all('SELECT * FROM terms')) {
      const body = await ledger.termsBodyOf(hex(row.id))
      const thresholds = await all('SELECT * FROM thresholds WHERE terms = $1 ORDER BY position', row.n as number)
      expect([
        [row.rights, row.unstated, row.obligations],
        thresholds.map(({ metric, amount, withdraws, adds }) => [metric, amount, withdraws, adds]),
      ]).to.deep.equal([
        [body.rights, body.unstated, body.obligations].map(Number),
        body.thresholds.map(({ metric, limit, withdraws, adds }) => [
          Number(metric),
          limit.toString(),
          Number(withdraws),
          Number(adds),
        ]),
      ])
    }
  })

  it('has every claim and every attested edge as the contract has it', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LineageClaims', chain.deployment.contracts.lineageClaims)
    const seen = new Set<string>()
    for (const row of await all('SELECT * FROM claims')) {
      const claim = await contract.claimOf(hex(row.id))
      const [last] = await all(
        'SELECT * FROM claim_states WHERE claim = $1 ORDER BY block DESC, log DESC LIMIT 1',
        row.n as number,
      )
      const state = (last?.state ?? CLAIM_STATES.indexOf('filed')) as number
      seen.add(CLAIM_STATES[state]!)
      expect([
        state,
        last?.disclosed ?? 0,
        last?.accepted ?? 0,
        row.product,
        last?.contest_until ?? row.contest_until,
      ]).to.deep.equal([claim.state, claim.disclosed, claim.accepted, claim.product, claim.contestUntil].map(Number))
    }
    expect([...seen]).to.include.members(['filed', 'contested', 'acknowledged', 'upheld', 'rejected', 'withdrawn'])

    const edges = await all('SELECT DISTINCT child FROM edges WHERE position = -1')
    expect(edges.length).to.be.greaterThan(3)
    for (const { child } of edges) {
      const [model] = await all('SELECT id FROM models WHERE n = $1', child as number)
      const rows = await all(
        `SELECT p.id, e.relation, b.time, (SELECT grade FROM edge_grades g WHERE g.child = e.child AND g.parent = e.parent ORDER BY g.block DESC, g.log DESC LIMIT 1) AS grade
        FROM edges e JOIN models p ON p.n = e.parent JOIN blocks b ON b.number = e.block WHERE e.child = $1 AND e.position = -1 ORDER BY e.block, e.log`,
        child as number,
      )
      const attested = await contract.attestedParentsOf(hex(model!.id))
      expect(rows.map(({ id, grade, time }) => [hex(id), grade, time])).to.deep.equal(
        attested.map((parent) => [parent.model, Number(parent.grade), Number(parent.attestedAt)]),
      )
    }
  })

  it('has every event that the contracts emitted, once, with its transaction', async function () {
    const { addresses, topics } = (await import('../../src/indexer/reduce/events.ts')).eventTable(chain.deployment)
    const logs = (await chain.request('eth_getLogs', [{ fromBlock: '0x0', address: addresses, topics: [topics] }])) as {
      blockNumber: string
      logIndex: string
      transactionHash: string
    }[]
    const rows = await all('SELECT block, log, transaction_hash FROM events ORDER BY block, log')
    expect(rows.map(({ block, log, transaction_hash }) => [block, log, hex(transaction_hash)])).to.deep.equal(
      logs.map(({ blockNumber, logIndex, transactionHash }) => [
        Number(blockNumber),
        Number(logIndex),
        transactionHash,
      ]),
    )
  })
})
