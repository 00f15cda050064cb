import { expect } from 'chai'

import { EVENT_KINDS } from '../../../packages/server/src/indexer/codes.ts'
import { CLAIM_STATES } from '../../../src/core/claim.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { indexerReader } from '../../../src/query/indexerReader.ts'
import { keccakText, parseModelId, ZERO_ADDRESS, type Hex } from '../../../src/core/hex.ts'
import { endpointOf, servingHashOf } from '../../../src/core/serving.ts'
import { scopesMask } from '../../../src/core/vocabulary.ts'
import { createApi } from '../../../packages/server/src/api/api.ts'
import { CREDENTIAL_STATES, type LineageModel } from '../../../src/core/lineage.ts'
import type { Database, Row } from '../../../packages/server/src/indexer/database.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { CONTRACT_NAMES } from '../../../packages/server/src/indexer/codes.ts'
import { TABLE_NAMES } from '../../../packages/server/src/indexer/schema.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { KINDS } from './stores.ts'
import { indexOnce } from './world.ts'

/** Events that only repeat another. */
const REPEATING = [
  'TensorsStated(bytes32,bytes32)',
  'ParentDeclared(bytes32,bytes32,uint8)',
  'Transfer(address,address,uint256)',
  'Locked(uint256)',
]

describe('indexer: the database compared with the contracts', function () {
  this.timeout(300_000)
  let chain: Chain
  let database: Database

  before(async function () {
    chain = await startChain()
    await chain.live(new Random(2026), 500, 8)
    await chain.rule()
    await chain.inherit()
    await chain.recallAndBind()
    await chain.bindAndReplace()
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
      expect(row!.count as number, table).to.be.greaterThan(0)
    }
  })

  it('has every model as the contract has it', async function () {
    const { ethers } = chain.connection
    const ledger = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    const models = await all(
      `SELECT m.*, p.address, coalesce(x.registered_at, b.time) AS time, t.id AS terms_id FROM models m JOIN accounts p ON p.n = m.publisher
        JOIN blocks b ON b.number = m.block LEFT JOIN materializations x ON x.model = m.n LEFT JOIN terms t ON t.n = m.terms ORDER BY m.n`,
    )
    expect(models.length).to.be.greaterThan(100)
    for (const row of models) {
      const model = await ledger.modelOf(hex(row.id))
      const [status] = await all(
        'SELECT status FROM model_statuses WHERE model = $1 ORDER BY block DESC, log DESC LIMIT 1',
        row.n as number,
      )
      const parents = await all(
        `SELECT p.id, e.relation, e.position FROM edges e JOIN models p ON p.n = e.parent WHERE e.child = $1 AND e.position >= 0
          UNION ALL SELECT external, relation, position FROM external_parents WHERE child = $1 ORDER BY position`,
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

  it('has every lineage as the lens gives it, through bound and replaced external parents and cycles', async function () {
    const { ethers } = chain.connection
    const api = createApi({ database })
    const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    const [node, index] = [nodeReader(openLedger(ethers.provider as never, chain.deployment)), indexerReader(client)]
    // The lens knows a recall by the authority once somebody marks it, and has credentials by holder.
    const comparable = (models: readonly LineageModel[]) =>
      models.map(({ recalled: _, credentials, ...entry }) => ({
        ...entry,
        credentials: credentials.toSorted((one, other) => (one.holder + one.tier < other.holder + other.tier ? -1 : 1)),
      }))
    const grades = new Set<string>()
    for (const { id } of await all('SELECT id FROM models ORDER BY n DESC')) {
      const model = parseModelId(hex(id))
      const { lineage } = await node.readLineage(model, ZERO_ADDRESS)
      const read = (await index.readLineage(model, ZERO_ADDRESS)).lineage
      expect(comparable(read.models), model).to.deep.equal(comparable(lineage.models))
      for (const { parents } of lineage.models) for (const { grade } of parents) grades.add(grade)
    }
    expect([...grades]).to.include.members(['declared', 'acknowledged', 'adjudicated', 'bound'])
  })

  it('has every recall as the contract has it, and every binding of an external parent', async function () {
    const { ethers } = chain.connection
    const recalls = await ethers.getContractAt('Recalls', chain.deployment.contracts.recalls)
    const rows = await all('SELECT * FROM recalls ORDER BY block, log')
    const last = new Map(rows.map((row) => [`${row.kind} ${hex(row.digest)}`, row]))
    const undone = [...last.values()].filter((row) => row.undone === 1)
    expect([last.size > 5, undone.length > 0]).to.deep.equal([true, true])
    for (const row of last.values()) {
      const isRecalled = await recalls.isRecalled(row.kind as number, hex(row.digest))
      expect(row.undone === 0, `${row.kind} ${hex(row.digest)}`).to.equal(isRecalled)
    }
    const bindings = await all("SELECT * FROM external_bindings WHERE hex(external) LIKE 'EEEE%' ORDER BY block, log")
    const bound = new Map(bindings.map((row) => [hex(row.model), row.bound === 1]))
    const [first] = bindings
    const kept = await recalls.bindingsOf(hex(first!.external))
    expect([...bound].filter(([, holds]) => holds).map(([model]) => model)).to.have.members([...kept])
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
        [row.rights, row.unstated, row.flags, row.family, row.outbound, row.duties].map(String),
        thresholds.map((each) =>
          [each.metric, each.subject, each.amount, each.withdraws, each.adds, each.uses, each.param, each.flags].map(
            String,
          ),
        ),
      ]).to.deep.equal([
        [body.rights, body.unstated, body.flags, body.family, body.outbound, body.duties].map(String),
        body.thresholds.map((each) => each.map(String)),
      ])
    }
  })

  it('has every claim and every attested edge as the contract has it', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LineageClaims', chain.deployment.contracts.lineageClaims)
    const compared = new Set<string>()
    for (const row of await all('SELECT * FROM claims')) {
      const claim = await contract.claimOf(hex(row.id))
      const [last] = await all(
        'SELECT * FROM claim_states WHERE claim = $1 ORDER BY block DESC, log DESC LIMIT 1',
        row.n as number,
      )
      const state = (last?.state ?? CLAIM_STATES.indexOf('filed')) as number
      compared.add(CLAIM_STATES[state]!)
      expect([
        state,
        last?.disclosed ?? 0,
        last?.accepted ?? 0,
        row.product,
        last?.contest_until ?? row.contest_until,
      ]).to.deep.equal([claim.state, claim.disclosed, claim.accepted, claim.product, claim.contestUntil].map(Number))
    }
    expect([...compared]).to.include.members(['filed', 'contested', 'acknowledged', 'upheld', 'rejected', 'withdrawn'])

    const later = (column: string): string =>
      `(SELECT ${column} FROM edge_grades g WHERE g.child = e.child AND g.parent = e.parent AND g.relation IS NOT NULL ORDER BY g.block DESC, g.log DESC LIMIT 1)`
    const edges = await all('SELECT DISTINCT child FROM edges WHERE position = -1')
    expect(edges.length).to.be.greaterThan(3)
    for (const { child } of edges) {
      const [model] = await all('SELECT id FROM models WHERE n = $1', child as number)
      const rows = await all(
        `SELECT p.id, e.relation, b.time, ${later('grade')} AS grade, ${later('relation')} AS later
        FROM edges e JOIN models p ON p.n = e.parent JOIN blocks b ON b.number = e.block WHERE e.child = $1 AND e.position = -1 AND NOT EXISTS (SELECT 1 FROM edge_grades g
          WHERE g.child = e.child AND g.parent = e.parent AND g.detached = 1 AND (g.block, g.log) > (e.block, e.log))
        ORDER BY e.block, e.log`,
        child as number,
      )
      const attested = await contract.attestedParentsOf(hex(model!.id))
      expect(rows.map(({ id, later: relation, grade, time }) => [hex(id), relation, grade, time])).to.deep.equal(
        attested.map((parent) => [parent.model, ...[parent.relation, parent.grade, parent.attestedAt].map(Number)]),
      )
    }
  })

  it('has every publisher as the contract has it: verification, control and operators with their scopes', async function () {
    const { ethers } = chain.connection
    const ledger = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    const last = (table: string, where = ''): Promise<Row[]> =>
      all(`SELECT r.*, a.address FROM ${table} r JOIN accounts a ON a.n = r.publisher ${where} ORDER BY r.block, r.log`)
    const after = (one: Row, other: Row | undefined): boolean =>
      other === undefined ||
      (one.block as number) > (other.block as number) ||
      (one.block === other.block && (one.log as number) > (other.log as number))
    const changes = new Map((await last('controllers', 'WHERE r.accepted = 1')).map((row) => [hex(row.address), row]))
    const profiles = new Map((await last('profiles')).map((row) => [hex(row.address), row]))
    const verifications = new Map((await last('verifications')).map((row) => [hex(row.address), row]))
    expect(verifications.size).to.be.greaterThan(1)
    for (const [publisher, row] of verifications) {
      const counts = after(row, changes.get(publisher)) && after(row, profiles.get(publisher))
      const { verifiedFrom, verifiedUntil, verifier } = await ledger.publisherOf(publisher)
      const [by] = await all('SELECT address FROM accounts WHERE n = $1', row.verifier as number)
      const rowed = [row.since, row.until, hex(by!.address)]
      expect([Number(verifiedFrom), Number(verifiedUntil), verifier.toLowerCase()]).to.deep.equal(
        counts ? rowed : [0, 0, `0x${'0'.repeat(40)}`],
      )
    }
    const operators = await all(
      `SELECT r.*, a.address, o.address AS named FROM operators r JOIN accounts a ON a.n = r.publisher
       JOIN accounts o ON o.n = r.operator ORDER BY r.block, r.log`,
    )
    const rights = new Map(operators.map((row) => [`${hex(row.address)} ${hex(row.named)}`, row]))
    expect(rights.size).to.be.greaterThan(2)
    for (const row of rights.values()) {
      const counts = after(row, changes.get(hex(row.address)))
      const { scopes, until } = await ledger.operatorOf(hex(row.address), hex(row.named))
      expect([Number(scopes), Number(until)]).to.deep.equal(counts ? [row.scopes, row.until] : [0, 0])
    }
  })

  it('answers for publishers and endpoints by the query API as the contracts do', async function () {
    const { ethers } = chain.connection
    const ledger = await ethers.getContractAt('Ledger', chain.deployment.contracts.ledger)
    const api = createApi({ database })
    const ask = async (path: string): Promise<any> =>
      (await api.fetch(new Request(`http://api.test/v1/${path}`))).json()
    let [verified, scoped] = [0, 0]
    for (const { address } of await all('SELECT address FROM accounts')) {
      const { publisher } = await ask(`publishers/${hex(address)}`)
      const { controller, verifiedFrom, verifiedUntil, verifier } = await ledger.publisherOf(hex(address))
      const isVerified = verifiedUntil > 0n
      expect(publisher.controller).to.equal(controller.toLowerCase())
      expect([publisher.verifiedFrom, publisher.verifiedUntil, publisher.verifier]).to.deep.equal(
        isVerified ? [Number(verifiedFrom), Number(verifiedUntil), verifier.toLowerCase()] : [null, null, null],
      )
      if (isVerified) verified++
      for (const { account, scopes, until } of publisher.operators) {
        const rights = await ledger.operatorOf(hex(address), account)
        expect([scopesMask(scopes), until]).to.deep.equal([rights.scopes, rights.until].map(Number))
        scoped++
      }
    }
    expect(verified).to.be.greaterThan(0)
    expect(scoped).to.be.greaterThan(0)

    const endpoint = endpointOf('https://api.example.com', 'kimi')
    const { servingStatements } = await ask(`serving?endpoint=${endpoint}&first=100`)
    const stated = await all('SELECT endpoint FROM serving_statements')
    const about = stated.filter((row) => hex(row.endpoint) === endpoint)
    expect(servingStatements.totalCount).to.equal(about.length)
    for (const { statement, publisher, modelId: model, origin, name, from, until } of servingStatements.nodes) {
      expect([origin, name]).to.deep.equal(['https://api.example.com', 'kimi'])
      expect(servingHashOf({ publisher, model, origin, name, from, until })).to.equal(statement)
    }
    const [first] = servingStatements.nodes
    for (const filter of [`publisher=${first.publisher}`, `model=${first.modelId}`]) {
      const found = await ask(`serving?${filter}&first=100`)
      expect(found.servingStatements.nodes.map(({ statement }: any) => statement)).to.include(first.statement)
    }
  })

  it('has every statement about an endpoint as its hash says', async function () {
    const { ethers } = chain.connection
    const audit = await ethers.getContractAt('UsageAudit', chain.deployment.contracts.usageAudit)
    const rows = await all('SELECT r.*, a.address FROM serving_statements r JOIN accounts a ON a.n = r.publisher')
    expect(rows.length).to.be.greaterThan(1)
    for (const row of rows.filter(({ name }) => name === 'kimi')) {
      const { origin, name, since: from, until } = row as Record<string, any>
      const statement = { publisher: hex(row.address), model: hex(row.model), origin, name, from, until }
      expect([hex(row.statement), hex(row.endpoint)]).to.deep.equal([
        await audit.hashServing(statement),
        await audit.hashEndpoint(origin, name),
      ])
    }
  })

  it('has what the manager says of every role, function and contract', async function () {
    const { ethers } = chain.connection
    const manager = await ethers.getContractAt('AccessManager', chain.deployment.contracts.manager)
    const { timestamp: now } = (await ethers.provider.getBlock('latest'))!
    const last = (table: string, by: string): string =>
      `SELECT * FROM ${table} r WHERE NOT EXISTS (SELECT 1 FROM ${table} later WHERE ${by} AND (later.block, later.log) > (r.block, r.log))`
    const members = await all(
      `SELECT r.*, a.address FROM (${last('role_members', 'later.role = r.role AND later.account = r.account')}) r JOIN accounts a ON a.n = r.account`,
    )
    for (const { role, address, granted, since, delay } of members) {
      const [isMember, current] = await manager.hasRole(role as string, hex(address))
      expect([isMember, isMember ? current : 0n]).to.deep.equal([
        granted === 1 && (since as number) <= now,
        granted === 1 ? BigInt(delay as number) : 0n,
      ])
    }
    expect(new Set(members.map(({ granted }) => granted)).size).to.equal(2)

    for (const row of await all(last('role_settings', 'later.role = r.role AND later.admin IS NOT NULL'))) {
      if (row.admin !== null)
        expect(await manager.getRoleAdmin(row.role as string)).to.equal(BigInt(row.admin as string))
    }
    const functions = await all(
      `SELECT r.*, a.address FROM (${last('function_roles', 'later.target = r.target AND later.selector = r.selector')}) r JOIN accounts a ON a.n = r.target`,
    )
    for (const { address, selector, role } of functions) {
      expect(await manager.getTargetFunctionRole(hex(address), hex(selector))).to.equal(BigInt(role as string))
    }
    expect(functions.length).to.be.greaterThan(4)
    const closed = await all(
      'SELECT a.address, t.closed FROM target_settings t JOIN accounts a ON a.n = t.target WHERE t.closed IS NOT NULL ORDER BY t.block, t.log',
    )
    for (const [address, isClosed] of new Map(closed.map(({ address, closed }) => [hex(address), closed === 1]))) {
      expect(await manager.isTargetClosed(address)).to.equal(isClosed)
    }

    const operations = await all(
      'SELECT o.*, e.executed FROM operations o LEFT JOIN operation_ends e ON e.id = o.id AND e.nonce = o.nonce ORDER BY o.nonce',
    )
    expect(await manager.getNonce(hex(operations[0]!.id))).to.equal(BigInt(operations.length))
    expect(operations.map(({ executed }) => executed)).to.include.members([0, 1])
    const authorities = await all('SELECT a.address FROM authorities t JOIN accounts a ON a.n = t.authority')
    expect(authorities.map(({ address }) => hex(address))).to.deep.equal(
      Array.from({ length: 6 }, () => chain.deployment.contracts.manager),
    )
  })

  it('has every pause as its contract had it at its block', async function () {
    const { ethers } = chain.connection
    const rows = await all('SELECT * FROM pauses ORDER BY block, log')
    for (const { contract, block, until } of rows) {
      const at = chain.deployment.contracts[CONTRACT_NAMES[contract as number]!]
      const paused = await ethers.getContractAt('IWritePause', at)
      const { timestamp } = (await ethers.provider.getBlock(block as number))!
      // A pause that ends early ends with the block.
      expect(await paused.pausedUntil({ blockTag: block as number })).to.equal(until || timestamp)
    }
    expect(new Set(rows.map(({ until }) => until === 0)).size).to.equal(2)
  })

  it('has every event that the contracts emitted, once, with its transaction', async function () {
    const { complianceLens: _, ...contracts } = chain.deployment.contracts
    const emitted = (await chain.request('eth_getLogs', [{ fromBlock: '0x0', address: Object.values(contracts) }])) as {
      blockNumber: string
      logIndex: string
      transactionHash: string
      topics: Hex[]
    }[]
    const repeating = REPEATING.map(keccakText)
    const logs = emitted.filter(({ topics }) => !repeating.includes(topics[0]!))
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

describe('indexer: claims that models inherit, and edges that are detached', function () {
  this.timeout(60_000)

  it('has every event, and the edges as the contract has them', async function () {
    const chain = await startChain()
    await chain.inherit()
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store)
    await store.close()
    const database = openDatabase(where)
    const kinds = new Set((await database.all('SELECT kind FROM events', [])).map(({ kind }) => kind))
    const { ParentDetached, EvidenceUriSet, ClaimExtended, ...more } = EVENT_KINDS
    expect([...kinds]).to.include.members([
      ParentDetached,
      EvidenceUriSet,
      ClaimExtended,
      more.InheritanceOpened,
      more.InheritanceContested,
      more.InheritanceRuled,
      more.ClaimInherited,
    ])
    const contract = await chain.connection.ethers.getContractAt(
      'LineageClaims',
      chain.deployment.contracts.lineageClaims,
    )
    let compared = 0
    for (const { n, id } of await database.all('SELECT n, id FROM models', [])) {
      const attested = await contract.attestedParentsOf(`0x${Buffer.from(id as Uint8Array).toString('hex')}`)
      const rows = await database.all(
        `SELECT e.relation, e.grade, e.undisclosed FROM edges e WHERE e.child = $1 AND e.position = -1 AND NOT EXISTS (
           SELECT 1 FROM edge_grades g WHERE g.child = e.child AND g.parent = e.parent AND g.detached = 1
           AND (g.block, g.log) > (e.block, e.log)) ORDER BY e.block, e.log`,
        [n as number],
      )
      compared += rows.length
      expect(rows.map(({ relation, grade, undisclosed }) => [relation, grade, undisclosed])).to.deep.equal(
        attested.map((edge) => [edge.relation, edge.grade, edge.undisclosed].map(Number)),
      )
    }
    expect(compared).to.equal(3)

    // The claim of this chain: its evidence was disclosed without a URI, which its claimant gave later.
    const api = createApi({ database })
    const ask = async (path: string): Promise<any> =>
      (await api.fetch(new Request(`http://api.test/v1/${path}`))).json()
    const { nodes } = (await ask('claims')).claims
    expect(nodes.length).to.equal(1)
    const [listed] = nodes
    expect(listed).to.deep.include({ state: 'upheld', evidenceUri: 'ipfs://moved' })
    const { claim } = await ask(`claims/${listed.id}`)
    expect([claim.evidence, claim.evidenceUri]).to.deep.equal([listed.evidence, 'ipfs://moved'])
    expect(listed.evidence).to.match(/^0x[0-9a-f]{64}$/)
    await database.close()
  })
})
