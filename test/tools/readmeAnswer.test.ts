import { expect } from 'chai'

import { commandOf, withAnswer } from '../../tools/readme-answer.ts'

const page = (command: string, answer: string) =>
  `# A\n\n<!-- answer: written by a tool -->\n\n\`\`\`console\n$ ${command}\n${answer}\`\`\`\n\n<!-- /answer -->\n\nMore.\n`

describe('answer in the README', function () {
  it('replaces what stands below the command, and keeps everything else', function () {
    expect(withAnswer(page('ask me', 'old\n\nanswer\n'), 'new $& answer\n', 0)).to.equal(
      page('ask me', 'new $& answer\n'),
    )
  })

  it('states an exit code other than 0 behind the command', function () {
    expect(withAnswer(page('ask me', ''), 'Unknown.\n', 3)).to.equal(page('ask me # exit code 3', 'Unknown.\n'))
    expect(withAnswer(page('ask me # exit code 3', ''), 'Permitted.\n', 0)).to.equal(page('ask me', 'Permitted.\n'))
  })

  it('leaves out the time and the block, which differ from run to run', function () {
    const printed = 'As of 2026-12-01 03:15:19Z; read at block 249 of chain 31337.\n'
    const kept = 'As of …; read at block … of chain 31337.\n'
    expect(withAnswer(page('ask me', ''), printed, 0)).to.equal(page('ask me', kept))
  })

  it('refuses a page without a marked block', function () {
    expect(() => commandOf('# A\n')).to.throw('does not have a marked block')
  })
})
