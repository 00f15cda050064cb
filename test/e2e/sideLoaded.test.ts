import { expect } from 'chai'

import { playSideLoaded, type SideLoadedPlay } from '../../scripts/playSideLoaded.ts'

describe('a side-loaded fork, in npm run play', function () {
  let play: SideLoadedPlay
  const printed: string[] = []

  before(async function () {
    this.timeout(400_000)
    play = await playSideLoaded((line) => void printed.push(line))
    console.log(`    from the start of the guard to the attested report: ${play.seconds.toFixed(1)} s`)
  })

  const guarded = () => play.played.filter(({ command }) => command.startsWith('stemma guard run'))

  it('is held at first: nobody registered it, and it has no review', function () {
    const [first] = guarded()
    expect([first!.code, first!.output]).to.satisfy(([code]: [number, string]) => code === 75)
    expect(first!.output).to.match(/^held: .* may not start/m)
    expect(first!.output).to.contain('unregistered: ')
  })

  it('is fetched and scanned by the service, and found by its weights alone', function () {
    const { report } = play
    expect(report.verdict).to.equal('failed')
    expect(report.scanners.map(({ id }) => id)).to.include('undeclared-lineage')
    const failed = report.findings.filter(({ level }) => level === 'fail')
    expect(failed.map(({ rule, file }) => [rule, file])).to.deep.equal([['lineage.undeclared', 'model.safetensors']])
    const [registered] = play.played.filter(({ command }) => command.startsWith('stemma register'))
    const [, model] = /^model (0x[0-9a-f]{64})$/m.exec(registered!.output)!
    expect(failed[0]!.what).to.match(/^not independent of .*, and neither is declared to be an ancestor of the other/)
    expect(failed[0]!.what).to.contain(model)
    expect(failed[0]!.remedy).to.contain(`stemma claim file ${report.weights} --product --parent ${model}`)
  })

  it('is quarantined on chain, and refused from then on with what the scanners said', function () {
    expect(play.state).to.equal('quarantined')
    const last = guarded().at(-1)!
    expect(last.code).to.equal(77)
    expect(last.output).to.match(/^refused: .* may not start/m)
    expect(last.output).to.contain('quarantined: ')
  })

  it('runs each command as it is printed', function () {
    const missing = play.played.filter(({ command }) => !printed.some((line) => line.includes(`$ ${command}`)))
    expect(missing).to.deep.equal([])
  })
})
