import { expect } from 'chai'

import { screen, type ScreenContent } from '../../../scripts/local/screen.ts'
import { parseAddress } from '../../../src/core/hex.ts'

const account = (digit: number) => parseAddress(`0x${String(digit).repeat(40)}`)

const CONTENT: ScreenContent = {
  seconds: 12.34,
  ended: false,
  rpcUrl: 'http://127.0.0.1:8545',
  chainId: 31337,
  name: 'local',
  database: '.stemma/local.sqlite',
  log: '.stemma/local.log',
  apiUrl: 'http://127.0.0.1:8600',
  counts: { licenses: 61, models: 61, events: 177 },
  lineage: [
    { label: 'acme/base', relation: '', answer: 'yes, may owe display-credit' },
    { label: '└─ beta/tuned', relation: 'finetune', answer: 'NO' },
  ],
  administrator: account(1),
  free: [2, 3, 4, 5, 6].map(account),
}

const commandsOf = (text: string): string[] =>
  text
    .replaceAll(' \\\n     ', '')
    .split('\n')
    .filter((line) => line.startsWith('  npm run '))

describe('scripts/local/screen', function () {
  it('fits 32 lines of 100 columns, which npm makes 40, also with a long name and three more models', function () {
    const relation = 'reinforcement-learning, undisclosed'
    const line = { label: '   │  └─ fork-a/composer-2-open', relation, answer: 'yes, may owe display-credit' }
    const lineage = [...CONTENT.lineage, line, line, line]
    const long = {
      ...CONTENT,
      name: 'local-65535',
      database: '.stemma/local-65535.sqlite',
      log: '.stemma/local-65535.log',
    }
    for (const content of [CONTENT, { ...CONTENT, lineage }, { ...long, lineage }, { ...long, lineage, ended: true }]) {
      const lines = screen(content).split('\n')
      expect(lines.length).to.be.at.most(32)
      for (const each of lines) expect(each.length, each).to.be.at.most(100)
    }
  })

  it('draws the lineage with its answers below each other', function () {
    const lines = screen(CONTENT).split('\n')
    const columns = CONTENT.lineage.map(({ label, answer }) => {
      const line = lines.find((each) => each.startsWith(`  ${label} `))!
      expect(line.endsWith(answer)).to.equal(true)
      return line.length - answer.length
    })
    expect(new Set(columns).size).to.equal(1)
  })

  it('lists five commands, which name the deployment unless it is the default', function () {
    const plain = commandsOf(screen(CONTENT))
    expect(plain).to.have.length(5)
    expect(plain.join()).to.not.contain('--deployment')
    const named = commandsOf(screen({ ...CONTENT, name: 'local-8555' }))
    expect(named.slice(0, 4).every((command) => command.endsWith(' --deployment local-8555'))).to.equal(true)
    expect(named[3]).to.contain(`--from ${account(2)}`)
  })

  it('says what is kept and what is lost', function () {
    expect(screen(CONTENT)).to.contain(
      'At Ctrl-C the node ends. The chain is in memory: everything registered on it is lost.',
    )
    expect(screen({ ...CONTENT, ended: true })).to.contain('The node has ended.')
  })
})
