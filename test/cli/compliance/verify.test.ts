import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { publishExamples } from '../../../scripts/local/publishExamples.ts'
import { publishLicenses } from '../../../scripts/local/publishLicenses.ts'
import { loadLicenses } from '../../../src/artifacts/licenseLibrary.ts'
import { SCREEN } from '../../../src/cli/report.ts'
import type { SubjectAnswer } from '../../../src/interop/answers.ts'
import { sarifLog, type SarifLog } from '../../../src/interop/sarif.ts'
import { summaryStatement } from '../../../src/interop/vsa.ts'
import { answerReader } from '../../../src/sdk/compliance/answerReader.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { resolveModel } from '../../../src/sdk/registry/resolveModel.ts'
import { answer } from '../../../src/verify/answer.ts'
import { completeReports } from '../../../src/verify/answerDocument.ts'
import { inDepth, someInDepth } from '../../fixtures/inDepth.ts'
import { digestNumber } from '../../fixtures/memoryLedger.ts'
import { sarifValidator } from '../../fixtures/sarifSchema.ts'
import { entry, fileOf, text } from '../../interop/gguf/ggufFile.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const examples = join(import.meta.dirname, '../../../examples/models')
const addressOf = (name: keyof typeof KEYS): string => KEYS[name].address.toLowerCase()

const short = (name: keyof typeof KEYS): string => `${addressOf(name).slice(0, 10)}…`

/** Checks that a text fits one screen. A single word, such as an id, may be longer than a line. */
function expectOneScreen(text: string): void {
  const lines = text.trimEnd().split('\n')
  expect(lines.length, text).to.be.at.most(SCREEN.lines)
  for (const line of lines) expect(line.length, line).to.be.at.most(SCREEN.columns)
}

describe('stemma verify', function () {
  this.timeout(600_000)
  let world: World

  before(async function () {
    world = await startWorld()
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
    try {
      await publishLicenses(openLedger(await provider.getSigner(0), world.deployment))
      await publishExamples(provider, world.deployment, { folder: examples })
    } finally {
      provider.destroy()
    }
  })

  after(() => world.stop())

  /** Registers a model by a card of its own. */
  async function register(name: string, card: string, as: keyof typeof KEYS): Promise<string> {
    await world.folder(name.replace('/', '__'), card)
    return (await world.ok(`register ${name.replace('/', '__')}`, { as })).model
  }

  describe('the answer for people', function () {
    it('fits one screen for every example model, for a use and for several', async function () {
      const folders = (await readdir(examples, { withFileTypes: true })).filter((entry) => entry.isDirectory())
      expect(folders.length).to.be.at.least(45)
      const uses = ['commercial', 'redistribute,host,redistribute-derivatives']
      for (const [index, { name }] of someInDepth(folders, 3).entries()) {
        for (const use of inDepth([uses[index % 2]!], uses)) {
          const { stdout, code } = await world.run(['verify', name.replace('__', '/'), '--use', use])
          expect(code, stdout).to.be.oneOf([0, 1, 3])
          expectOneScreen(stdout)
        }
      }
    })

    it('names the fact that decides, what each value means, the clause, and the obligations', async function () {
      await register(
        'meta-llama/Llama-3.1-70B-Instruct',
        'license: llama3.1\nbase_model: meta-llama/Llama-3.1-70B\nbase_model_relation: finetune',
        'acme',
      )
      const nvidia = await register(
        'nvidia/Llama-3.1-Nemotron-70B-Instruct-HF',
        'license: llama3.1\nbase_model: meta-llama/Llama-3.1-70B-Instruct\nbase_model_relation: finetune',
        'beta',
      )
      const { stdout, code } = await world.run('verify nvidia/Llama-3.1-Nemotron-70B-Instruct-HF --use commercial')
      expect(code).to.equal(3)
      expectOneScreen(stdout)
      const [head, ...sections] = stdout.trimEnd().split('\n\n')
      expect(head).to.equal(
        `Unknown: cannot tell whether commercial use of nvidia/Llama-3.1-Nemotron-70B-Instruct-HF is\npermitted.\nRegistered by ${addressOf('beta')} (accredited: verified without an end).`,
      )
      expect(sections[0]!.replaceAll(/\s+/g, ' ')).to.equal(
        'One fact decides: - your monthly active users with affiliates as of 2024-07-23 (--fact monthlyActiveUsers/affiliates/2024-07-23=<value>): at most 700,000,000 -> permitted on conditions; more -> not permitted - because of llama3.1 (clause 2: counted on the release date, with affiliates; no right at all until Meta grants one): nvidia/Llama-3.1-Nemotron-70B-Instruct-HF, meta-llama/Llama-3.1-70B-Instruct and meta-llama/Llama-3.1-70B',
      )
      expect(sections[1]!.replaceAll(/\s+/g, ' ')).to.equal(
        'If it is permitted, you must, by llama3.1 of nvidia/Llama-3.1-Nemotron-70B-Instruct-HF, meta-llama/Llama-3.1-70B-Instruct and meta-llama/Llama-3.1-70B (https://www.llama.com/llama3_1/license/): - use-restrictions: keep to the uses that the license allows (clause 1.b.iv; raised by commercial, modify and commercial-modify)',
      )
      expect(sections[2]).to.match(
        /^For anybody, as of \d{4}-\d\d-\d\d .*Z; read from a node at block \d+ of chain 31337\.\n/,
      )
      expect(sections[2]).to.contain(`Model ${nvidia}. Details: --full, --json`)
      expect(sections).to.have.length(3)
      const hosted = await world.run(
        'verify nvidia/Llama-3.1-Nemotron-70B-Instruct-HF --use host --fact monthlyActiveUsers/affiliates/2024-07-23=1',
      )
      expect(hosted.code).to.equal(0)
      expectOneScreen(hosted.stdout)
      expect(hosted.stdout.replaceAll(/\s+/g, ' ')).to.contain(
        ' - display-credit: show "Built with Llama" (clause 1.b.i(B); raised by host)',
      )
    })

    it('says that a fact of another subject is not the one that a license asks about', async function () {
      const { stderr, code } = await world.run(
        'verify nvidia/Llama-3.1-Nemotron-70B-Instruct-HF --use commercial --fact monthlyActiveUsers=1',
      )
      expect(code).to.equal(3)
      expect(stderr).to.contain(
        'Note: monthlyActiveUsers is stated, and a license asks about monthlyActiveUsers/affiliates/2024-07-23, which is another fact.',
      )
    })

    it('gives what the named values of the deciding fact give', async function () {
      const verdictAt = async (users: number): Promise<string> => {
        const fact = `--fact monthlyActiveUsers/affiliates/2024-07-23=${users}`
        const { json } = await world.run(
          `verify nvidia/Llama-3.1-Nemotron-70B-Instruct-HF --use commercial ${fact} --json`,
        )
        return json().verdict
      }
      expect([await verdictAt(700_000_000), await verdictAt(700_000_001)]).to.deep.equal([
        'conditional',
        'not-permitted',
      ])
    })

    it('joins models of one license under a no, and lists everything that a yes needs', async function () {
      const nc = 'license: cc-by-nc-4.0'
      await register('AIDC-ai-business/Marcoroni-7B-v3', nc, 'acme')
      await register('EmbeddedLLM/Mistral-7B-Merge-14-v0.1', nc, 'beta')
      await register(
        'mlabonne/Marcoro14-7B-slerp',
        `${nc}\nbase_model: [AIDC-ai-business/Marcoroni-7B-v3, EmbeddedLLM/Mistral-7B-Merge-14-v0.1]\nbase_model_relation: merge`,
        'gamma',
      )
      const model = await register(
        'argilla/distilabeled-Marcoro14-7B-slerp',
        'license: apache-2.0\nbase_model: mlabonne/Marcoro14-7B-slerp\nbase_model_relation: finetune',
        'operator',
      )
      const { stdout, code } = await world.run('verify argilla/distilabeled-Marcoro14-7B-slerp --use commercial')
      expect(code).to.equal(1)
      expectOneScreen(stdout)
      const bases =
        'mlabonne/Marcoro14-7B-slerp, AIDC-ai-business/Marcoroni-7B-v3 and EmbeddedLLM/Mistral-7B-Merge-14-v0.1'
      expect(stdout.replaceAll(/\s+/g, ' ').replace(/For anybody.*?31337\. /, '')).to.equal(
        [
          'Not permitted: commercial use of argilla/distilabeled-Marcoro14-7B-slerp.',
          `Registered by ${addressOf('operator')} (accredited: verified without an end).`,
          'Its own license (Apache-2.0) does not forbid this, but it was made from models whose terms count too:',
          `- CC-BY-NC-4.0 does not grant commercial and commercial-modify (${clauseOf(stdout)}): ${bases}`,
          'To get a yes, you need:',
          `- a credential for commercial and commercial-modify from each publisher of ${bases}, or one that the publisher of the model made from it holds and may pass on`,
          `Made from works of ${short('gamma')} (accredited), ${short('acme')} (accredited) and ${short('beta')} (accredited).`,
          `Model ${model}. Details: --full, --json `,
        ].join(' '),
      )
    })

    it('permits nothing on the word of a publisher for whom nobody vouches, until the policy trusts it', async function () {
      await register('black-forest/NC-base', 'license: cc-by-nc-4.0', 'stranger')
      await register(
        'zed/clean',
        'license: mit\nbase_model: black-forest/NC-base\nbase_model_relation: finetune',
        'stranger',
      )
      const { stdout, code } = await world.run('verify zed/clean --use commercial')
      expect(code).to.equal(3)
      expectOneScreen(stdout)
      expect(stdout.replaceAll(/\s+/g, ' '))
        .to.contain(`Registered by ${addressOf('stranger')} (unverified).`)
        .and.to.contain('no accredited verifier vouches for the publisher: ')
      const policy = await world.file('trusted.json', { version: 1, trustedPublishers: [addressOf('stranger')] })
      const trusted = await world.run(`verify zed/clean --use commercial --policy ${policy} --json`)
      const report = await checkedReport(trusted.json())
      const names = report.ownWork.map(
        (id: string) => report.models.find(({ model }: { model: string }) => model === id).name,
      )
      expect([trusted.code, report.verdict, names, report.publisherStanding]).to.deep.equal([
        0,
        'permitted',
        ['black-forest/NC-base'],
        'trusted',
      ])
    })

    it('has every finding, with its path, with --full', async function () {
      const { stdout } = await world.run('verify argilla/distilabeled-Marcoro14-7B-slerp --use commercial --full')
      expect(stdout).to.contain('path: argilla/distilabeled-Marcoro14-7B-slerp > mlabonne/Marcoro14-7B-slerp >')
      expect(stdout.match(/^ +\d+\. blocking: /gm)).to.have.length(6)
      for (const title of ['Reasons:', 'Remedies:', 'Models:']) expect(stdout).to.contain(`\n${title}\n`)
    })
  })

  describe('several uses', function () {
    it('answers for each and for all together, with the exit code of the worst', async function () {
      const { code, json } = await world.run('verify Qwen/Qwen2.5-3B-Instruct --use research,commercial --json')
      const answer = await checkedReport(json())
      expect([code, answer.verdict, answer.uses]).to.deep.equal([1, 'not-permitted', ['research', 'commercial']])
      const single = async (use: string): Promise<unknown> => {
        const {
          registrations: _r,
          publisherVerifiedUntil: _p,
          claims: _c,
          origin: _o,
          ...report
        } = await checkedReport((await world.run(`verify Qwen/Qwen2.5-3B-Instruct --use ${use} --json`)).json())
        return report
      }
      expect(answer.reports).to.deep.equal([await single('research'), await single('commercial')])
      const { stdout } = await world.run('verify Qwen/Qwen2.5-3B-Instruct --use research,commercial')
      expect(stdout).to.match(
        /^Not permitted: research use and commercial use of Qwen\/Qwen2\.5-3B-Instruct\.\nBy use: research: /,
      )
    })

    it('takes each use once, and refuses what is not a use', async function () {
      const { json } = await world.run('verify Qwen/Qwen2.5-7B --use host,host --json')
      expect((await checkedReport(json())).use).to.equal('host')
      expect(await world.fails('verify Qwen/Qwen2.5-7B --use host,hosting')).to.deep.equal([2, 'UNKNOWN_WORD'])
      expect(await world.fails(['verify', 'Qwen/Qwen2.5-7B', '--use', ''])).to.deep.equal([2, 'UNKNOWN_WORD'])
    })
  })

  describe('formats', function () {
    it('are valid for the lineage of every example, by the official schemas', async function () {
      const provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
      const ledger = openLedger(provider, world.deployment)
      const reader = answerReader(ledger)
      const all = (await readdir(examples)).filter((name) => name.includes('__'))
      expect(all.length).to.be.at.least(45)
      const names = someInDepth(all, 3).map((name) => name.replace('__', '/'))
      const uses = ['commercial', 'redistribute-derivatives', 'host'] as const
      const policy = digestNumber(9)
      const subjects: SubjectAnswer[] = []
      try {
        for (const name of names) {
          const { model } = await resolveModel(ledger, { query: name })
          const found = await answer(reader, { asked: { model }, uses, licenses: await loadLicenses() })
          subjects.push({
            subject: name,
            place: { file: 'stemma.lock.json', line: subjects.length + 2 },
            ledger: world.deployment.contracts.ledger,
            passed: found.verdict === 'permitted' || found.verdict === 'conditional',
            reports: completeReports(found),
            claims: found.claims,
          })
        }
      } finally {
        provider.destroy()
      }
      const log = sarifLog({ version: '1.2.3', subjects })
      const validate = sarifValidator()
      if (validate) expect(validate(JSON.parse(JSON.stringify(log))), JSON.stringify(validate.errors)).to.equal(true)
      const [{ results, properties }] = log.runs
      expect([properties.answers.length, results.length > 2 * subjects.length]).to.deep.equal([subjects.length, true])
      const marks = results.map((each) => each.partialFingerprints['stemmaFinding/v1'])
      expect(new Set(marks).size).to.equal(marks.length)
      const isSummary = await summaryValidator()
      for (const each of subjects) {
        const summary = summaryStatement(each, { version: '1.2.3', policy })
        expect(isSummary(summary), JSON.stringify(isSummary.errors)).to.equal(true)
        expect(summary.predicate.verificationResult).to.equal(each.passed ? 'PASSED' : 'FAILED')
      }
    })

    it('have the same exit code, and are the same in a file', async function () {
      for (const [name, code] of [
        ['Qwen/Qwen2.5-7B', 0],
        ['Qwen/Qwen2.5-3B-Instruct', 1],
        ['nvidia/Llama-3.1-Nemotron-70B-Instruct-HF', 3],
      ] as const) {
        for (const format of ['text', 'json', 'sarif', 'markdown', 'vsa']) {
          const asked = `verify ${name} --use commercial --format ${format}`
          const printed = await world.run(asked)
          expect([printed.code, printed.stderr], format).to.deep.equal([code, ''])
          const filed = await world.run(`${asked} --output report.out`)
          expect([filed.code, filed.stdout.split(':')[0]]).to.deep.equal([
            code,
            ['Permitted', 'Not permitted', '', 'Unknown'][code],
          ])
          expect(await readFile(join(world.cwd, 'report.out'), 'utf8')).to.equal(printed.stdout)
        }
      }
    })

    it('say where in the repository the model is', async function () {
      await mkdir(join(world.cwd, '.git'), { recursive: true })
      const uriOf = async (target: string): Promise<string> => {
        const { stdout } = await world.run(`verify ${target} --use commercial --format sarif`)
        return (JSON.parse(stdout) as SarifLog).runs[0].results[0]!.locations[0].physicalLocation.artifactLocation.uri
      }
      expect(await uriOf('./zed__clean')).to.equal('zed__clean/README.md')
      expect(await uriOf(join(world.cwd, 'zed__clean'))).to.equal('zed__clean/README.md')
      expect(await uriOf('zed/clean')).to.equal('zed/clean')
      await rm(join(world.cwd, '.git'), { recursive: true })
    })

    it('contradict each other only in usage errors, and write nothing then', async function () {
      const asked = 'verify Qwen/Qwen2.5-7B --use host'
      expect(await world.fails(`${asked} --format sarif --output x.out`)).to.deep.equal([2, 'USAGE'])
      const bad = [
        '--full --format sarif --output x.out',
        '--format yaml --output x.out',
        '--format sarif --output no/such/folder/x.out',
        '--format sarif --output .',
      ]
      for (const options of bad) {
        const { code, stdout, stderr } = await world.run(`${asked} ${options}`)
        expect([code, stdout], stderr).to.deep.equal([2, ''])
      }
      expect(await readdir(world.cwd)).to.not.include('x.out')
      expect((await readdir(world.cwd)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([])
    })

    it('have an error as JSON where JSON was asked for in either way', async function () {
      const unknown = `verify 0x${'77'.repeat(32)} --use host`
      for (const format of ['--json', '--format json', '--format=json']) {
        const { code, stdout } = await world.run(`${unknown} ${format}`)
        expect([code, JSON.parse(stdout).error.code], format).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
      }
      expect((await world.run(`${unknown} --format sarif`)).stdout).to.equal('')
    })

    it('name publishers by the domain of their last profile', async function () {
      await world.file('profile.json', {})
      for (const domain of ['old.example', 'beta.example']) {
        await world.ok(`publisher profile set profile.json --domain ${domain}`, { as: 'stranger' })
      }
      const report = await checkedReport((await world.run('verify zed/clean --use commercial --json')).json())
      expect(report.publishers).to.deep.equal([
        { publisher: addressOf('stranger'), standing: 'unverified', domain: 'beta.example' },
      ])
      const { stdout } = await world.run('verify zed/clean --use commercial --format markdown')
      expect(stdout).to.contain('registered by beta\\.example, ')
    })
  })

  describe('what it is asked about', function () {
    it('gives one answer for an id, a name, a digest and a folder', async function () {
      const [registered] = (await world.ok('show zed/clean')).models
      const asked = [registered.model, 'zed/clean', registered.registration.weights, './zed__clean']
      const answers: unknown[] = []
      for (const target of asked) {
        const { block: _, ...report } = (await world.run(`verify ${target} --use commercial --json`)).json()
        answers.push(report)
      }
      for (const answer of answers) expect(answer).to.deep.equal(answers[0])
    })

    it('says where the files at hand state another license than the registration', async function () {
      const apache = await readFile(join(import.meta.dirname, '../../../LICENSE'), 'utf8')
      await world.folder('zed__labels', 'license: cc-by-nc-4.0')
      await world.file('zed__labels/LICENSE', apache)
      await world.ok('register zed__labels')
      const { code, stdout } = await world.run('verify ./zed__labels --use commercial')
      expect(code).to.equal(1)
      expectOneScreen(stdout)
      const said = 'The text in "LICENSE" is that of "Apache-2.0", but the registration states "CC-BY-NC-4.0".'
      expect(stdout.replaceAll(/\s+/g, ' ')).to.contain(said)
      const report = await checkedReport((await world.run('verify ./zed__labels --use commercial --json')).json())
      expect(contradictions(report)).to.deep.equal([said])
      const { model } = report
      expect(contradictions((await world.run(`verify ${model} --use commercial --json`)).json())).to.deep.equal([])
      const several = (await world.run('verify ./zed__labels --use commercial,host --json')).json()
      expect((await checkedReport(several)).reports.map(contradictions)).to.deep.equal([[said], [said]])

      // A file alone has a header that speaks.
      await writeFile(join(world.cwd, 'one.gguf'), fileOf({ entries: [entry('general.license', 8, text('mit'))] }))
      await world.ok('draft one.gguf --name zed/one --license Apache-2.0 --output one.json')
      await world.ok('register one.json')
      expect(contradictions((await world.run('verify one.gguf --use commercial --json')).json())).to.deep.equal([
        'general.license of "one.gguf" states the license "mit", but the registration states "Apache-2.0".',
      ])
    })

    it('exits with 3 for weights and ids that nobody registered, and with 2 for what cannot be a target', async function () {
      await mkdir(join(world.cwd, 'stranger'), { recursive: true })
      await world.folder('stranger', 'license: mit', 'never registered')
      expect(await world.fails('verify ./stranger --use host')).to.deep.equal([3, 'WEIGHTS_NOT_REGISTERED'])
      expect(await world.fails(`verify 0x${'77'.repeat(32)} --use host`)).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
      expect(await world.fails('verify ./missing --use host')).to.deep.equal([2, 'USAGE'])
      expect(await world.fails('verify 0x77 --use host')).to.deep.equal([2, 'INVALID_MODEL_ID'])
      expect(await world.fails(['verify', 'a b', '--use', 'host'])).to.deep.equal([2, 'USAGE'])
    })
  })
})

/** What a report says of files that contradict the registration. */
function contradictions({ findings }: { findings: { code: string; reason: string }[] }): string[] {
  return findings.flatMap(({ code, reason }) => (code === 'license-contradicted' ? [reason] : []))
}

/** Checks against our schema of verification summaries. */
async function summaryValidator(): Promise<ValidateFunction> {
  const file = join(import.meta.dirname, '../../../docs/verification-summary.schema.json')
  return new Ajv2020({ strict: true }).compile(JSON.parse(await readFile(file, 'utf8')))
}

/** The clause that an answer quotes: the library's words, which this test leaves to the library's own. */
function clauseOf(stdout: string): string {
  return /commercial-modify \((.*?)\): mlabonne/.exec(stdout.replaceAll(/\s+/g, ' '))![1]!
}
