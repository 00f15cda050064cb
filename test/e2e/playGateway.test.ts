import { expect } from 'chai'

import type { PlayedCommand } from '../../scripts/play.ts'
import { playGateway } from '../../scripts/playGateway.ts'

describe('npm run play -- --gateway', function () {
  let played: PlayedCommand[]
  const printed: string[] = []

  before(async function () {
    this.timeout(400_000)
    played = await playGateway(false, (line) => void printed.push(line))
  })

  const outputs = (start: string): string[] =>
    played.filter(({ command }) => command.startsWith(start)).map(({ output }) => output)

  it('runs each command as it is printed, and none fails', function () {
    const missing = played.filter(({ command }) => !printed.some((line) => line.includes(`$ ${command}`)))
    expect(missing).to.deep.equal([])
    expect(played.filter(({ code }) => code !== 0)).to.deep.equal([])
  })

  it('calls through the gateway, whole and as a stream', function () {
    const [whole, stream] = outputs('curl -si $GATEWAY/v1/chat/completions') as [string, string]
    expect(whole).to.match(/^HTTP\/1\.1 200 OK\n/)
    expect(whole).to.match(/^stemma-model: 0x[0-9a-f]{64}$/m)
    expect(whole).to.contain('"content":"No model answers here')
    expect(stream).to.match(/data: \[DONE\]\s*$/)
    // The customer did not ask for usage, which the gateway asked for itself.
    expect(stream).to.not.contain('"choices":[]')
  })

  it('shows the record of the call with its proof and its receipt', function () {
    const [record] = outputs('curl -s $GATEWAY/stemma/calls/') as [string]
    const kept = JSON.parse(record) as { record: object; proof: { usageProof: string }; receipt: { signature: string } }
    expect(kept.record).to.include({
      index: 0,
      outcome: 'served',
      use: 'commercial',
      counted: 'reported',
      outputTokens: 19,
    })
    expect(kept.proof.usageProof).to.equal('record')
    expect(kept.receipt.signature).to.match(/^0x[0-9a-f]{128}$/)
  })

  it('refuses the call after the revocation, and the log is valid', function () {
    expect(outputs('curl -si').at(-1)).to.match(/^HTTP\/1\.1 403 Forbidden\n[^]*^stemma-refusal: credential_revoked$/m)
    expect(outputs('stemma usage replay')[0]).to.match(/^Valid: .* each of its calls was permitted at its block\.$/m)
  })

  it('shows a key only where it is made', function () {
    const [key] = /sk-stemma-[\w-]{40,}/.exec(printed.join('\n'))!
    expect(printed.join('\n').split(key)).to.have.lengthOf(2)
  })
})
