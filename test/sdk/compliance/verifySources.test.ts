import { expect } from 'chai'

import { ZERO_ADDRESS } from '../../../src/core/hex.ts'
import { RIGHT_NAMES } from '../../../src/core/vocabulary.ts'
import { openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createStore } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createQueryClient, QueryUnreachableError } from '../../../src/query/client.ts'
import { IndexerMismatchError } from '../../../src/query/indexerReader.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { askVerdict } from '../../../src/sdk/compliance/askVerdict.ts'
import { readRegistrations } from '../../../src/sdk/registry/readRegistrations.ts'
import type { Answer } from '../../../src/verify/answer.ts'
import { lineageRules } from '../../../src/verify/policy.ts'
import type { LineageRule } from '../../../src/verify/rules/lineageRules.ts'
import { RegisteredLaterError } from '../../../src/sdk/compliance/askThen.ts'
import { MissingIndexerError, SourcesDisagreeError } from '../../../src/sdk/compliance/askIndexer.ts'
import { StaleNodeError } from '../../../src/verify/freshness.ts'
import { verifyModel } from '../../../src/sdk/compliance/verifyModel.ts'
import { createApi, type Api } from '../../../packages/server/src/api/api.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from '../../server/indexer/chain.ts'
import { live } from '../../server/indexer/play/live.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

describe('verifyModel by node, indexer, or both', function () {
  this.timeout(600_000)
  for (const kind of KINDS) {
    describe(`with an index in ${kind.name}`, function () {
      let chain: Chain
      let ledger: Ledger
      let api: Api
      let close: () => Promise<void>

      before(async function () {
        chain = await startChain()
        await live(chain, new Random(19), 60)
        const where = await kind.where()
        const store = createStore(where)
        await indexOnce(chain.deployment, chain.rpc, store)
        const database = openDatabase(where)
        api = createApi({ database })
        close = async () => {
          await database.close()
          await store.close()
        }
        ledger = openLedger(chain.connection.ethers.provider as never, chain.deployment)
      })
      after(() => close())

      it('is refused from an indexer and a node that stand still, and may be older where the caller or the deployment allows it', async function () {
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const { maxAge: _, ...deployment } = chain.deployment
        const strict = openLedger(ledger.runner, deployment)
        const model = chain.history.models[0]!.id
        const headTime = (await ledger.provider.getBlock('latest'))!.timestamp
        for (const source of ['node', 'indexer', 'both'] as const) {
          const asked = { model, use: 'host' as const, source, indexer }
          const uses = { asked: { model }, uses: ['host'] as const, source, indexer }
          for (const refused of [
            () => verifyModel(strict, asked),
            () => verifyModel(ledger, { ...asked, maxAge: 60 }),
            () => verifyModel(strict, { ...asked, at: headTime }),
            () => askVerdict(strict, uses),
            () => verifyModel(strict, { ...asked, now: headTime + 3601 }),
          ]) {
            const error = await refused().catch((each: unknown) => each)
            expect(error, source).to.be.instanceOf(StaleNodeError).and.to.include({ code: 'NODE_STALE' })
            expect((error as Error).message)
              .to.contain(source === 'node' ? 'of the node' : 'of the indexer')
              .and.to.contain(new Date(headTime * 1000).toISOString())
          }
          const now = headTime + 3600
          const report = await verifyModel(strict, { ...asked, now })
          expect(report.model).to.equal(model)
          expect((await verifyModel(strict, { ...asked, now: headTime - 1e6 })).verdict).to.equal(report.verdict)
          expect((await verifyModel(strict, { ...asked, maxAge: 0 })).verdict).to.equal(report.verdict)
          expect((await askVerdict(strict, { ...uses, now })).verdict).to.equal(report.verdict)
        }
      })

      it('gives the same answer from both for every model, use and licensee, claims and attested edges included', async function () {
        const random = new Random(6)
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const verdicts = new Set<string>()
        expect(chain.history.models.length).to.be.greaterThan(10)
        for (const { id: model } of chain.history.models) {
          const use = random.pick(RIGHT_NAMES)
          const licensee = random.pick([ZERO_ADDRESS, ...chain.accounts])
          const report = await verifyModel(ledger, { model, use, policy: { licensee }, source: 'both', indexer })
          expect(report.source).to.equal('node')
          const indexed = await verifyModel(ledger, { model, use, policy: { licensee }, source: 'indexer', indexer })
          expect(indexed).to.deep.equal({ ...report, source: 'indexer' })
          verdicts.add(report.verdict)
        }
        expect(verdicts.size).to.be.greaterThan(1)
      })

      it('gives the same answer from both to rules on the lineage, with what it knows of publishers', async function () {
        const random = new Random(11)
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const answers = new Set<string>()
        const stated = new Set<boolean>()
        for (const { id: model } of chain.history.models) {
          const lineage: LineageRule[] = [
            { denyCountries: ['CN'] },
            { accredited: true },
            { accreditedBy: [random.pick(chain.accounts)] },
            { onlyPublishers: random.some(chain.accounts, 0.7).concat(chain.accounts[0]!) },
            { denyModels: [random.pick(chain.history.models).id, 'acme/*'], of: 'ancestors' },
            { parents: 'none' },
            { unknownParents: 'deny' },
          ]
          const asked = { model, use: 'research' as const, policy: { lineage: lineageRules(lineage) }, indexer }
          const report = await verifyModel(ledger, { ...asked, source: 'both' })
          expect(await verifyModel(ledger, { ...asked, source: 'indexer' })).to.deep.equal({
            ...report,
            source: 'indexer',
          })
          expect(report.rules).to.have.length(lineage.length)
          for (const { answer, countries = [] } of report.rules!) {
            answers.add(answer)
            for (const { profile, verifier } of countries) stated.add(BigInt(profile) > 0n).add(verifier !== null)
          }
        }
        expect([answers.size, stated.size]).to.deep.equal([3, 2])
      })

      it('gives the same answer from both about any time of the past, with whatever was known then', async function () {
        const random = new Random(8)
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const strict = openLedger(ledger.runner, { ...chain.deployment, maxAge: 1 })
        const head = (await ledger.provider.getBlock('latest'))!
        const now = head.timestamp + 1e6
        const counts = { same: 0, changed: 0, later: 0 }
        for (const { id: model } of random.sample(chain.history.models, 14)) {
          const licensee = random.pick([ZERO_ADDRESS, ...chain.accounts])
          const policy = { licensee, trustedPublishers: random.some(chain.accounts, 0.5) }
          const asked = { asked: { model }, uses: random.sample(RIGHT_NAMES, 3), policy, indexer, now }
          for (let time = 0; time < 3; time++) {
            const { timestamp } = (await ledger.provider.getBlock(random.integer(20, head.number - 1)))!
            const past = { ...asked, at: timestamp + random.integer(0, 1) }
            const answered = await Promise.all(
              (['node', 'indexer', 'both'] as const).map((source) =>
                askVerdict(strict, { ...past, source }).catch((error: unknown) => error),
              ),
            )
            const [node, indexed, both] = answered
            if (node instanceof Error) {
              expect(node).to.be.instanceOf(RegisteredLaterError)
              for (const error of [indexed, both]) expect((error as Error).message).to.equal(node.message)
              counts.later += 1
              continue
            }
            const plain = ({ reports, ...others }: Answer) => ({
              ...others,
              reports: reports.map(({ block: _, blockTime: __, source: ___, ...report }) => report),
            })
            expect(plain(indexed as Answer)).to.deep.equal(plain(node as Answer))
            expect(plain(both as Answer)).to.deep.equal(plain(node as Answer))
            expect((node as Answer).reports.map(({ dated }) => dated)).to.not.include('credentials')
            const present = await askVerdict(ledger, { ...asked, maxAge: 0 })
            const isSame =
              JSON.stringify(plain(present).reports.map(({ at: _, ...each }) => each)) ===
              JSON.stringify(plain(node as Answer).reports.map(({ at: _, ...each }) => each))
            counts[isSame ? 'same' : 'changed'] += 1
          }
        }
        for (const count of Object.values(counts)) expect(count).to.be.greaterThan(0)
      })

      it('gives the same quotas from both, by the operators that publishers authorised and that the policy trusts', async function () {
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const policy = { trustedOperators: chain.accounts }
        const exceeded: string[] = []
        for (const { model, holder } of chain.history.credentials) {
          const question = { model, use: 'host', policy: { ...policy, licensee: holder }, indexer } as const
          const report = await verifyModel(ledger, { ...question, source: 'both' })
          exceeded.push(...report.findings.map(({ code }) => code).filter((code) => code === 'quota-exceeded'))
          await verifyModel(ledger, { ...question, policy: { licensee: holder }, source: 'both' })
        }
        expect(exceeded).to.not.deep.equal([])
        const { model, holder } = chain.history.credentials[0]!
        const answer = await indexer.query('Findings', { id: model, use: 'host', licensee: holder, policy })
        expect(answer.findings?.model).to.equal(model)
      })

      it('gives the same whole answer for weights, several uses, publishers and pending claims from both', async function () {
        const indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
        const registrations = await readRegistrations(ledger, {})
        const answers: Answer[] = []
        for (const { weights } of registrations.map(({ registration }) => registration)) {
          const question = { asked: { weights }, uses: ['host', 'modify'], indexer } as const
          const answer = await askVerdict(ledger, { ...question, source: 'both' })
          const indexed = await askVerdict(ledger, { ...question, source: 'indexer' })
          const reports = indexed.reports.map((report) => ({ ...report, source: 'node' }))
          expect({ ...indexed, reports }).to.deep.equal(answer)
          const { use, model } = answer.reports[0]!
          const report = await verifyModel(ledger, { weights, use, source: 'both', indexer })
          expect(report).to.deep.equal(await verifyModel(ledger, { model, use }))
          answers.push(answer)
        }
        expect(answers.some(({ claims }) => claims!.length > 0)).to.equal(true)
        expect(answers.some(({ publisherVerifiedUntil }) => publisherVerifiedUntil! > 0)).to.equal(true)
      })

      it('notices an indexer that lies about parents, terms or status', async function () {
        const { id: model } = chain.history.models.at(-1)!
        const lying = (lie: (text: string) => string) =>
          createQueryClient({
            url: 'http://api.test',
            fetch: async (request) => new Response(lie(await (await api.fetch(request)).text())),
          })
        const ask = (indexer: ReturnType<typeof lying>, source: 'indexer' | 'both') =>
          verifyModel(ledger, { model, use: 'research', source, indexer }).catch((error: unknown) => error)

        // A registration that is not what its id says proves nothing.
        const unproved = await ask(
          lying((text) => text.replaceAll(/"uri":"[^"]*","parents"|"uri":"([^"]*)"/g, '"uri":"https://lie.test"')),
          'indexer',
        )
        expect(unproved).to.satisfy(
          (answer: { findings?: { code: string }[] } | Error) =>
            answer instanceof IndexerMismatchError ||
            (answer as { findings: { code: string }[] }).findings.some(({ code }) => code === 'registration-unproved'),
        )
        const recalled = await ask(
          lying((text) => text.replaceAll(/"status":"\w+"/g, '"status":"recalled"')),
          'both',
        )
        expect(recalled).to.be.instanceOf(SourcesDisagreeError)
        const terms = await ask(
          lying((text) => text.replaceAll(/"rights":\d+,"unstated":\d+/g, '"rights":1,"unstated":0')),
          'indexer',
        )
        if (!(terms instanceof IndexerMismatchError)) {
          // Only a lineage without terms has nothing to lie about.
          expect(JSON.stringify(terms)).to.contain('right-unstated')
        }
      })

      it('needs an indexer that is there', async function () {
        const { id: model } = chain.history.models[0]!
        const ask = (indexer?: ReturnType<typeof createQueryClient>) =>
          verifyModel(ledger, { model, use: 'research', source: 'indexer', ...(indexer && { indexer }) }).catch(
            (error: unknown) => error,
          )
        expect(await ask()).to.be.instanceOf(MissingIndexerError)
        expect(await ask(createQueryClient({ url: 'http://127.0.0.1:9' }))).to.be.instanceOf(QueryUnreachableError)
      })
    })
  }
})
