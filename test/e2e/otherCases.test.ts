import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { readAccounts } from '../../scripts/local/accounts.ts'
import { accredit } from '../../scripts/local/accredit.ts'
import { withOwnChain, type OwnChain, type Ran } from '../../scripts/local/ownChain.ts'
import { parseModelId, type Address } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { listAttestedParents } from '../../src/sdk/claims/listAttestedParents.ts'
import type { Report } from '../../src/core/report.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

const root = join(import.meta.dirname, '../..')
const FOLDER = 'examples/other-cases'
const START = Date.UTC(2026, 0, 1) / 1000

/** A chain with accounts, and the program on it. */
type Scene = OwnChain & {
  administrator: Address
  maker: Address
  base: Address
  claimant: Address
  /** Runs a command as somebody, expects success, and returns the id after a word. */
  type: (as: Address, args: readonly string[], word?: string) => Promise<string>
  verify: (model: string, use: string, licensee: Address) => Promise<Report & Pick<Ran, 'output'>>
}

describe('examples/other-cases', function () {
  this.timeout(400_000)

  const play = (use: (scene: Scene) => Promise<void>) =>
    withOwnChain(START, async (chain) => {
      const { administrator, case: cast, others } = await readAccounts(chain.provider)
      const [maker, base] = [cast.anysphere, cast.forkA]
      await accredit(chain.provider, chain.deployment, [maker, base])
      await use({
        ...chain,
        administrator,
        maker,
        base,
        claimant: others.claimant,
        async type(as, args, word) {
          const { code, output } = await chain.stemma([...args, '--from', as])
          expect(code, `${args.join(' ')}\n${output}`).to.equal(0)
          return word === undefined ? '' : new RegExp(`^${word} (0x[0-9a-f]{64})$`, 'm').exec(output)![1]!
        },
        async verify(model, right, licensee) {
          const args = ['verify', model, '--use', right, '--licensee', licensee]
          const { stdout } = await chain.stemma([...args, '--json'])
          const { output } = await chain.stemma(args)
          return { ...(JSON.parse(stdout) as Report), output }
        },
      })
    })

  /** Who asks for what, of the obligations of a report. */
  const owed = ({ obligations }: Report) => obligations.map(({ obligation, model }) => [obligation, model])

  it('Rakuten AI 3.0: owes the notice of its base once the publisher acknowledges, and did not before', () =>
    play(async ({ type, verify, maker, base, claimant, folder }) => {
      const deepseek = await type(base, ['register', `${FOLDER}/deepseek-ai__DeepSeek-V3-0324`], 'model')
      const rakuten = await type(maker, ['register', `${FOLDER}/Rakuten__RakutenAI-3.0`], 'model')
      const config = JSON.parse(await readFile(join(root, FOLDER, 'Rakuten__RakutenAI-3.0/config.json'), 'utf8'))
      expect(config.model_type).to.equal('deepseek_v3')
      const before = await verify(rakuten, 'redistribute', maker)
      expect([before.verdict, owed(before)]).to.deep.equal(['permitted', []])

      const lineage = ['--parent', deepseek, '--relation', 'finetune']
      const files = ['--evidence', `${FOLDER}/evidence-rakuten.json`, '--out', join(folder, 'rakuten.json')]
      const claim = await type(claimant, ['claim', 'file', rakuten, ...lineage, ...files], 'claim')
      expect((await verify(rakuten, 'redistribute', maker)).verdict).to.equal('permitted')
      await type(maker, ['claim', 'acknowledge', claim])
      const after = await verify(rakuten, 'redistribute', maker)
      expect([after.verdict, owed(after)]).to.deep.equal(['conditional', [['notice', deepseek]]])
      expect(after.findings.map(({ code }) => code)).to.include('parent-undisclosed')
      const anybody = await verify(rakuten, 'redistribute', claimant)
      expect(anybody.verdict).to.equal('conditional')
      expect(owed(anybody)).to.deep.include.members([
        ['notice', rakuten],
        ['notice', deepseek],
      ])
    }))

  itInDepth('HyperCLOVA X: names the part that it took from its parent, whose duties count', () =>
    play(async ({ type, verify, stemma, maker, base }) => {
      const qwen = await type(base, ['register', `${FOLDER}/Qwen__Qwen2.5-VL-32B-Instruct`], 'model')
      const name = 'Qwen/Qwen2.5-VL-32B-Instruct'
      const parent = ['--parent', `${name}=${qwen}`, '--part', `${name}=encoder`, '--terms', 'none']
      const naver = await type(
        maker,
        ['register', `${FOLDER}/naver-hyperclovax__HyperCLOVAX-SEED-Think-32B`, ...parent],
        'model',
      )
      expect((await stemma(['ancestry', naver])).output).to.match(/finetune[^\n]*encoder[^\n]* of Qwen\/Qwen2\.5-VL/)
      const used = await verify(naver, 'commercial', maker)
      expect([used.verdict, owed(used)]).to.deep.equal(['permitted', []])
      const report = await verify(naver, 'redistribute', maker)
      expect(owed(report)).to.deep.equal([
        ['notice', qwen],
        ['state-changes', qwen],
      ])
      expect(report.findings.map(({ code }) => code)).to.not.include('parent-undisclosed')
    }),
  )

  it('Solar Open: a claim that is contested and rejected leaves nothing in the lineage, and costs the claimant its deposit', () =>
    play(async ({ type, verify, stemma, provider, deployment, administrator, maker, base, claimant, folder }) => {
      const glm = await type(base, ['register', `${FOLDER}/zai-org__GLM-4.5-Air`], 'model')
      const drafted = join(folder, 'solar.json')
      expect((await stemma(['draft', `${FOLDER}/upstage__Solar-Open-100B`, '--output', drafted])).code).to.equal(0)
      const method = JSON.parse(await readFile(join(root, FOLDER, 'method-solar.json'), 'utf8'))
      await writeFile(drafted, JSON.stringify({ ...JSON.parse(await readFile(drafted, 'utf8')), method }))
      const solar = await type(maker, ['register', drafted, '--terms', 'none'], 'model')
      const before = await verify(solar, 'commercial', maker)

      const lineage = ['--parent', glm, '--relation', 'finetune']
      const files = ['--evidence', `${FOLDER}/evidence-solar.json`, '--out', join(folder, 'solar-claim.json')]
      const claim = await type(claimant, ['claim', 'file', solar, ...lineage, ...files], 'claim')
      const pending = await verify(solar, 'commercial', maker)
      expect(pending.output).to.contain('A claim is pending. It changes nothing yet')
      await type(maker, ['claim', 'contest', claim])
      await type(administrator, ['claim', 'accept', claim])
      await type(administrator, ['claim', 'rule', claim, '--reject'])

      expect((await stemma(['claim', 'show', claim])).output).to.contain('rejected')
      const after = await verify(solar, 'commercial', maker)
      for (const report of [before, pending, after]) {
        expect([report.verdict, report.findings, report.obligations]).to.deep.equal(['permitted', [], []])
      }
      expect(after.output).to.not.contain('A claim is pending')
      const ledger = openLedger(provider, deployment)
      expect(await listAttestedParents(ledger, { model: parseModelId(solar) })).to.deep.equal([])
      await type(maker, ['claim', 'refund'])
      expect((await stemma(['claim', 'refund', '--from', claimant])).code).to.not.equal(0)
    }))
})
