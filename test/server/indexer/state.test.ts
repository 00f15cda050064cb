import { expect } from 'chai'
import { BrowserProvider } from 'ethers'

import { EVENT_KINDS } from '../../../packages/server/src/indexer/codes.ts'
import { CLAIM_STATES, INHERITANCE_STATES, type ClaimId } from '../../../src/core/claim.ts'
import {
  keccakText,
  parseModelId,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type Hex,
  type ModelId,
} from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { endpointOf, servingHashOf, SERVING_GRADES } from '../../../src/core/serving.ts'
import { RELATIONS, rightsMask, scopesMask } from '../../../src/core/vocabulary.ts'
import { createQueryClient } from '../../../src/query/client.ts'
import { indexerReader } from '../../../src/query/indexerReader.ts'
import { listExtensions } from '../../../src/sdk/claims/listExtensions.ts'
import { listInheritances } from '../../../src/sdk/claims/listInheritances.ts'
import { nodeReader } from '../../../src/sdk/compliance/nodeReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { readLineage } from '../../../src/sdk/registry/readLineage.ts'
import { createApi } from '../../../packages/server/src/api/api.ts'
import { CREDENTIAL_STATES, type HeldCredential, type Lineage, type LineageModel } from '../../../src/core/lineage.ts'
import type { Database, Row } from '../../../packages/server/src/indexer/database.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { CONTRACT_NAMES } from '../../../packages/server/src/indexer/codes.ts'
import { TABLE_NAMES } from '../../../packages/server/src/indexer/schema.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { attestAgain } from './play/claims.ts'
import { ruleInheritances } from './play/inheritances.ts'
import { live } from './play/live.ts'
import { playRare } from './play/rare.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
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
    await live(chain, new Random(2026), 500, 8, true)
    await playRare(chain)
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
    const models = await all('SELECT id FROM models ORDER BY n DESC')
    for (const { id } of models.filter((_, at) => at % inDepth(3, 1) === 0)) {
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

  it('has every credential as the contract has it, at its block and at every block of its parent too', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LicenseCredential', chain.deployment.contracts.licenseCredential)
    const api = createApi({ database })
    const ask = async (path: string): Promise<any> =>
      (await api.fetch(new Request(`http://api.test/v1/${path}`))).json()
    const compared = new Set<string>()
    const credentials = await all('SELECT * FROM credentials')
    expect(credentials.length).to.be.greaterThan(20)
    let states = 0
    for (const issued of credentials) {
      const rows = await all(
        'SELECT * FROM credential_states WHERE credential = $1 ORDER BY block, log',
        issued.n as number,
      )
      states += rows.length
      const parents = [issued, ...rows].map(({ parent }) => parent).filter((parent) => parent !== null)
      const above = await all(
        `SELECT block FROM credential_states WHERE credential IN (${parents.join(', ') || 0}) AND block > $1`,
        issued.block as number,
      )
      for (const block of new Set([issued, ...rows, ...above].map((row) => row.block as number))) {
        const { credential } = await ask(`credentials/${hex(issued.id)}?block=${block}`)
        const kept = await contract.credentialOf(hex(issued.id), { blockTag: block })
        const { validFrom, validUntil, gapFrom, gapUntil, state, lifts, parent } = credential
        expect([
          [validFrom, validUntil, gapFrom, gapUntil],
          CREDENTIAL_STATES.indexOf(state),
          rightsMask(lifts),
        ]).to.deep.equal([
          [kept.validFrom, kept.validUntil, kept.gapFrom, kept.gapUntil].map(Number),
          Number(kept.state),
          Number(kept.lifts),
        ])
        const parentId = await contract.parentOf(hex(issued.id), { blockTag: block })
        expect(BigInt(parent?.id ?? 0)).to.equal(parentId)
        expect(credential.valid).to.equal(await contract.isValid(hex(issued.id), { blockTag: block }))
        const { credentials: found } = await ask(
          `credentials?model=${credential.model.id}&holder=${credential.holder}&tier=${credential.tier.id}&valid=true&block=${block}`,
        )
        expect(found.totalCount).to.equal(credential.valid ? 1 : 0)
        if (parent) compared.add(`${state} under a parent`)
        if (parent === null && issued.parent !== null) compared.add('replaced')
        if (credential.agreement !== null) compared.add('agreement')
      }
    }
    expect(states).to.be.greaterThan(20)
    expect([...compared]).to.include.members([
      'active under a parent',
      'suspended under a parent',
      'revoked under a parent',
      'replaced',
      'agreement',
    ])
    const requests = await all('SELECT * FROM credential_requests')
    const { credentialRequests } = await ask('requests')
    expect([credentialRequests.totalCount, requests.length > 3]).to.deep.equal([requests.length, true])
    const [request] = credentialRequests.nodes
    for (const filter of [`model=${request.model.id}`, `tier=${request.tier.id}`, `holder=${request.holder}`]) {
      const { nodes } = (await ask(`requests?${filter}&first=100`)).credentialRequests
      expect(nodes).to.deep.include(request)
    }
  })

  it('answers for the credentials of lineages as the lens does, for holders, sub-holders and who was refused', async function () {
    const { provider } = chain.connection
    const request = ({ method, params = [] }: { method: string; params?: unknown[] }) =>
      provider.request({ method, params })
    const ledger = openLedger(new BrowserProvider({ request }, undefined, { cacheTimeout: -1 }), chain.deployment)
    const api = createApi({ database })
    const client = createQueryClient({ url: 'http://api.test', fetch: async (asked) => api.fetch(asked) })
    const byHolder = (held: readonly HeldCredential[]) =>
      held.toSorted((a, b) => (`${a.holder} ${a.tier}` < `${b.holder} ${b.tier}` ? -1 : 1))
    const credentialsOf = ({ lineage }: { lineage: Lineage }) =>
      lineage.models.map(({ model, credentials }) => [model, byHolder(credentials)])
    const questions = await all(
      `SELECT DISTINCT m.id AS model, a.address AS holder FROM credentials c JOIN models m ON m.n = c.model
       JOIN accounts a ON a.n = c.holder WHERE c.parent IS NOT NULL OR c.agreement IS NOT NULL`,
    )
    const refused = await all(
      `SELECT m.id AS model, a.address AS holder FROM events e JOIN models m ON m.n = e.model
       JOIN accounts a ON a.n = e.subject WHERE e.kind = ${EVENT_KINDS.OfferCanceled}`,
    )
    expect([questions.length > 10, refused.length > 1]).to.deep.equal([true, true])
    let [limited, lifting] = [0, 0]
    for (const { model, holder } of [...questions, ...refused]) {
      const asked = [hex(model) as ModelId, hex(holder) as Address] as const
      const indexed = await indexerReader(client).readLineage(...asked)
      const read = await readLineage(ledger, { model: asked[0], licensee: asked[1] })
      expect(credentialsOf(indexed)).to.deep.equal(credentialsOf(read))
      for (const { credential } of read.lineage.models.flatMap(({ credentials }) => credentials)) {
        if (credential.state !== 'active') limited += 1
        if (credential.lifts !== 0) lifting += 1
      }
    }
    expect([limited > 10, lifting > 2]).to.deep.equal([true, true])
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

  it('has every inheritance of a claim as the contract and the SDK have it, and every extension', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LineageClaims', chain.deployment.contracts.lineageClaims)
    const ledger = openLedger(ethers.provider as never, chain.deployment)
    const api = createApi({ database })
    const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    const [extended, inherited] = await Promise.all([listExtensions(ledger), listInheritances(ledger)])
    const reached = new Set<string>()
    let [extensions, inheritances] = [0, 0]
    for (const { id: bytes } of await all(
      'SELECT id FROM claims WHERE n IN (SELECT claim FROM claim_extensions UNION SELECT claim FROM inheritances)',
    )) {
      const id = hex(bytes) as ClaimId
      const claim = (await client.query('Claim', { id })).claim!
      const ofNode = extended.filter((each) => each.claim === id)
      expect(claim.extensions.map(({ tensors, adjudicator }) => [tensors, adjudicator])).to.deep.equal(
        ofNode.map(({ tensors, adjudicator }) => [tensors, adjudicator]),
      )
      for (const { tensors } of claim.extensions) expect(await contract.isExtended(id, tensors)).to.equal(true)
      extensions += claim.extensions.length
      const { nodes, totalCount } = (await client.query('Inheritances', { id, first: 100 })).claim!.inheritances
      expect(totalCount).to.equal(nodes.length)
      inheritances += nodes.length
      const listed = nodes.toReversed().map(({ model, state, contestUntil, history }) => {
        const of = (what: string) => history.findLast((each) => each.state === what)
        const contested = of('contested')
        const ruled = history.find(({ state: each, account }) => each !== 'contested' && account !== null)
        return {
          claim: id,
          model: model.id,
          state,
          contestUntil,
          answer: contested ? { account: contested.account, uri: contested.uri } : null,
          ruling: ruled ? { adjudicator: ruled.account, upheld: ruled.state === 'applied', uri: ruled.uri } : null,
        }
      })
      // No text in a database has a zero character.
      const plain = inherited
        .filter((each) => each.claim === id)
        .map(({ answer, ...each }) => ({
          ...each,
          answer: answer && { ...answer, uri: answer.uri.replaceAll('\0', '\u{fffd}') },
        }))
      expect(listed).to.deep.equal(plain)
      for (const { model, state, contestUntil, ruling } of listed) {
        const kept = await contract.inheritanceOf(id, model)
        expect([INHERITANCE_STATES.indexOf(state), contestUntil]).to.deep.equal(
          [kept.state, kept.contestUntil].map(Number),
        )
        reached.add(`${state}${contestUntil === 0 ? ' at once' : ruling ? ' by a ruling' : ''}`)
        const ofModel = (await client.query('ModelInheritances', { id: model })).model!.inheritances
        expect(ofModel.nodes.map((each) => [each.claim.id, each.state])).to.deep.include([id, state])
      }
    }
    expect([extensions, inheritances]).to.deep.equal([extended.length, inherited.length])
    const ends = ['pending', 'contested', 'applied', 'applied at once', 'applied by a ruling', 'rejected by a ruling']
    expect([...reached]).to.have.members(ends)
  })

  it('has the lineage of every model that inherits as the node, the lens and the SDK have it', async function () {
    const { ethers } = chain.connection
    const contract = await ethers.getContractAt('LineageClaims', chain.deployment.contracts.lineageClaims)
    const ledger = openLedger(ethers.provider as never, chain.deployment)
    const api = createApi({ database })
    const client = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    const [node, index] = [nodeReader(ledger), indexerReader(client)]
    let inherited = 0
    for (const heir of chain.history.heirs) {
      const model = modelIdOf(heir)
      const [{ lineage }, read] = await Promise.all([
        node.readLineage(model, ZERO_ADDRESS),
        index.readLineage(model, ZERO_ADDRESS),
      ])
      // The mark of a recall follows on chain when somebody syncs it; the index knows of the recall itself. The order of holders is free.
      const unmarked = ({ recalled: _, ...model }: LineageModel): Omit<LineageModel, 'recalled'> => ({
        ...model,
        credentials: model.credentials.toSorted((a, b) => (a.holder + a.tier < b.holder + b.tier ? -1 : 1)),
      })
      expect(read.lineage.models.map(unmarked)).to.deep.equal(lineage.models.map(unmarked))
      const attested = read.lineage.models[0]!.parents.slice(heir.parents.length)
      const kept = await contract.attestedParentsOf(model)
      expect(attested.map((each) => [each.model, RELATIONS[each.relation], each.undisclosed])).to.deep.equal(
        kept.map((each) => [each.model, Number(each.relation), each.undisclosed]),
      )
      inherited += attested.length
    }
    expect(inherited).to.be.greaterThan(10)
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
    const audit = await ethers.getContractAt('UsageAudit', chain.deployment.contracts.usageAudit)
    const [latest, revoked] = [new Map<string, any>(), new Set<string>()]
    for (const node of servingStatements.nodes) {
      const { statement, publisher, modelId: model, origin, name, from, until, grade, evidence } = node
      expect([origin, name]).to.deep.equal(['https://api.example.com', 'kimi'])
      const stated = { publisher, model, origin, name, from, until, grade, evidence: evidence ?? ZERO_DIGEST }
      expect(servingHashOf(stated)).to.equal(statement)
      if (!latest.has(publisher)) latest.set(publisher, node)
      if (node.revoked) revoked.add(publisher)
    }
    expect(revoked.size).to.be.greaterThan(0)
    expect(new Set(servingStatements.nodes.map(({ grade }: any) => grade)).size).to.equal(SERVING_GRADES.length)
    for (const [publisher, { revision, revoked }] of latest) {
      const counted = Number(await audit.servingRevisionOf(publisher, endpoint))
      if (revoked) expect(counted).to.be.greaterThan(revision)
      else expect(counted).to.equal(revision)
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
      const { origin, name, since: from, until, grade } = row as Record<string, any>
      const evidence = row.evidence === null ? ZERO_DIGEST : hex(row.evidence)
      const [publisher, model] = [hex(row.address), hex(row.model)]
      const statement = { publisher, model, origin, name, from, until, grade, evidence }
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
    const { parent, child } = await ruleInheritances(chain)
    await attestAgain(chain, parent, child)
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
