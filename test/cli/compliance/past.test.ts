import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

/** A command that changes what is answered. */
type Step = { command: string; as?: keyof typeof KEYS }

const STEPS: readonly Step[] = [
  { command: 'register beta__tuned', as: 'beta' },
  {
    command: 'tier offer acme/base --terms stemma-commercial-fine-tuning --pass-through commercial --name Fine-Tuning',
  },
  { command: `credential grant acme/base Fine-Tuning ${KEYS.beta.address} --until 30d` },
  { command: 'model attest beta/tuned acme/other --relation merge', as: 'beta' },
  { command: 'model retire beta/tuned --reason old', as: 'beta' },
]

describe('stemma verify --at', function () {
  this.timeout(300_000)
  let world: World
  let provider: JsonRpcProvider
  /** The time of the latest block after each step, in Unix seconds, and what was answered then. */
  const days: { time: number; answers: unknown[] }[] = []

  const now = async (): Promise<number> => (await provider.getBlock('latest'))!.timestamp
  const questions = [
    `verify beta/tuned --use commercial --licensee ${KEYS.beta.address}`,
    'verify beta__tuned --use commercial,research',
    'verify beta/tuned --use commercial --profile deployment',
  ]
  const answers = async (more = ''): Promise<unknown[]> => {
    const given: unknown[] = []
    for (const question of questions) {
      const { code, json } = await world.run(`${question} --json${more}`, { as: null })
      given.push([code, json()])
    }
    return given
  }

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    await world.folder('acme__base', 'license: other\nlicense_name: research-only')
    await world.folder('acme__other', 'license: other\nlicense_name: research-only')
    await world.folder('beta__tuned', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune')
    await world.ok('terms publish MIT research-only stemma-commercial-fine-tuning')
    for (const folder of ['acme__base', 'acme__other']) await world.ok(`register ${folder}`)
    for (const { command, as } of STEPS) {
      await provider.send('evm_increaseTime', [3600])
      await world.ok(command.split(' '), as && { as })
      days.push({ time: await now(), answers: await answers(' --max-age 0s') })
    }
  })
  after(async function () {
    provider.destroy()
    await world.stop()
  })

  it('answers as on the day, for an id, a name, a folder and a profile, with its exit code, whatever came since', async function () {
    const verdicts = new Set<string>()
    for (const [index, { time, answers: then }] of days.entries()) {
      const age = index === days.length - 1 ? '0s' : '1m'
      expect(await answers(` --at ${time} --max-age ${age}`), STEPS[index]!.command).to.deep.equal(then)
      verdicts.add(JSON.stringify(then.map((each) => (each as [number])[0])))
    }
    expect(verdicts.size).to.be.greaterThan(1)
    const plain = days.map((day) => JSON.stringify(day.answers).replace(/"(at|block)":\d+/g, ''))
    for (const [index, { command }] of STEPS.entries()) {
      if (index > 0) expect(plain[index], `${command} changes nothing`).to.not.equal(plain[index - 1])
    }
  })

  it('says as of when it answers, and of a time to come what it dates', async function () {
    const [day] = days
    const { model } = (day!.answers[0] as [number, { model: string }])[1]
    const then = await world.run(`verify ${model} --use research --at ${day!.time + 5}`)
    const date = new Date((day!.time + 5) * 1000).toISOString().slice(0, 10)
    expect(then.stdout).to.match(
      new RegExp(`For anybody, as of ${date}[^;]*; read from a node\\s+at block \\d+ of chain \\d+`),
    )
    const later = await world.run(`verify ${model} --use research --max-age 0s --at 400d`)
    expect(later.stdout.replace(/\s+/g, ' ')).to.match(
      /For anybody, with credentials as of \d{4}-[^,]*, and everything else as it is known now; read from a node at block \d+/,
    )
    for (const at of [`${day!.time + 5}`, '400d']) {
      const { json } = await world.run(`verify ${model} --use research --max-age 0s --json --at ${at}`)
      expect((await checkedReport(json())).dated).to.equal(at === '400d' ? 'credentials' : 'ledger')
    }
  })

  it('exits with 3 for what was registered later, however it is named, and with 2 before the ledger', async function () {
    const [day] = days
    const { model } = (day!.answers[0] as [number, { model: string }])[1]
    const weights = (await world.run('digest beta__tuned')).stdout.trim()
    const at = day!.time - 1
    for (const named of ['beta/tuned', 'beta__tuned', model, weights]) {
      const { code, stdout, stderr } = await world.run(`verify ${named} --use research --at ${at}`)
      expect([code, stdout], stderr).to.deep.equal([3, ''])
      expect(stderr).to.match(
        /^REGISTERED_LATER: .* was not registered at \S+Z\. It was registered at \S+Z, in block \d+/m,
      )
    }
    expect(await world.fails(`verify acme/nobody --use research --at ${at}`)).to.deep.equal([3, 'MODEL_NOT_REGISTERED'])
    expect(await world.fails(`verify ${model} --use research --at 2015-07-30`)).to.deep.equal([2, 'BEFORE_LEDGER'])
  })
})
